using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>A packet that announces more than its sender may send.</summary>
internal sealed class PacketTooLargeException(int maxBytes) : IOException($"a packet announces more than {maxBytes} bytes");

/// <summary>The bytes of one client, whatever carries them: TCP, TLS, a WebSocket or memory.</summary>
/// <param name="guard">Ends the connection at a packet that announces too much; null: no bound.</param>
internal sealed class StreamChannel(Stream input, Stream output, EndPoint remote, EndPoint local, PacketGuard? guard = null) : IMqttChannel
{
    private int _maxBytes = int.MaxValue;

    /// <summary>Two ends of a connection in memory, without a socket.</summary>
    public static (StreamChannel One, StreamChannel Other) Pair(EndPoint name)
    {
        Pipe there = new(), back = new();
        return (new StreamChannel(back.Reader.AsStream(), there.Writer.AsStream(), name, name),
            new StreamChannel(there.Reader.AsStream(), back.Writer.AsStream(), name, name));
    }

    public X509Certificate2 ClientCertificate => null!;
    public EndPoint RemoteEndPoint => remote;
    public EndPoint LocalEndPoint => local;
    public bool IsSecureConnection { get; init; }

    /// <summary>Largest packet from now on, bytes.</summary>
    public int MaxPacketBytes
    {
        get => Volatile.Read(ref _maxBytes);
        set => Volatile.Write(ref _maxBytes, value);
    }

    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <exception cref="PacketTooLargeException"/>
    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        var read = await input.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).ConfigureAwait(false);
        if (guard is null || guard.Take(buffer.AsSpan(offset, read), MaxPacketBytes)) return read;
        throw new PacketTooLargeException(MaxPacketBytes);
    }

    public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        foreach (var segment in buffer) await output.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
        if (isEndOfPacket) await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        input.Dispose();
        output.Dispose();
    }
}
