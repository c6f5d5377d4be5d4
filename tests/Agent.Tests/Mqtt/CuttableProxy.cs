using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Mqtt;

/// <summary>Forwards TCP to a broker and cuts its connections when a test wants: the broker itself stays, with its sessions.</summary>
internal sealed class CuttableProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _open = [];
    private readonly int _target;
    private readonly Task _loop;

    public CuttableProxy(int targetPort)
    {
        _target = targetPort;
        _listener.Start();
        Broker = new BrokerAddress("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, Tls: false);
        _loop = Task.Run(AcceptAsync);
    }

    public BrokerAddress Broker { get; }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient { NoDelay = true };
                await server.ConnectAsync(IPAddress.Loopback, _target);
                _open.Add(client);
                _open.Add(server);
                _ = ForwardAsync(client, server);
                _ = ForwardAsync(server, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // disposed of
        }
    }

    private static async Task ForwardAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // cut
        }
        from.Close();
        to.Close();
    }

    /// <summary>Ends all connections without a goodbye.</summary>
    public void Cut()
    {
        while (_open.TryTake(out var client)) client.Close();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        Cut();
    }
}
