using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>What a browser asks when it opens a WebSocket (RFC 6455, section 4.2.1).</summary>
/// <param name="Key">Its nonce.</param>
/// <param name="Origin">The page's origin; null for programs that are no browser.</param>
/// <param name="Host">The authority it connected to.</param>
internal sealed record WebSocketRequest(string Key, string? Origin, string Host)
{
    public const string Protocol = "mqtt";

    /// <summary>Reads a request's head; null with the reason where it is none for MQTT. Pure.</summary>
    /// <param name="head">The request line and the header fields.</param>
    public static WebSocketRequest? Parse(string head, out string? problem)
    {
        var lines = head.Split("\r\n");
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1).Where(l => l.Length > 0))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0) return Fail("a header field without a colon", out problem);
            var name = line[..colon];
            // a list may come in several fields (RFC 9110, section 5.3)
            fields[name] = fields.TryGetValue(name, out var before) ? $"{before},{line[(colon + 1)..].Trim()}" : line[(colon + 1)..].Trim();
        }
        if (!lines[0].StartsWith("GET ", StringComparison.Ordinal) || !lines[0].EndsWith(" HTTP/1.1", StringComparison.Ordinal))
            return Fail("no GET request of HTTP/1.1", out problem);
        if (!Has(fields, "Upgrade", "websocket") || !Has(fields, "Connection", "upgrade") || !Has(fields, "Sec-WebSocket-Version", "13"))
            return Fail("no WebSocket of version 13", out problem);
        if (!Has(fields, "Sec-WebSocket-Protocol", Protocol)) return Fail($"the subprotocol is not {Protocol}", out problem);
        var key = fields.GetValueOrDefault("Sec-WebSocket-Key", "");
        Span<byte> nonce = stackalloc byte[18];
        if (!Convert.TryFromBase64String(key, nonce, out var length) || length != 16) return Fail("no Sec-WebSocket-Key", out problem);
        problem = null;
        return new WebSocketRequest(key, fields.GetValueOrDefault("Origin"), fields.GetValueOrDefault("Host", ""));
    }

    private static WebSocketRequest? Fail(string why, out string? problem)
    {
        problem = why;
        return null;
    }

    private static bool Has(Dictionary<string, string> fields, string name, string value) =>
        fields.GetValueOrDefault(name, "").Split(',').Any(v => v.Trim().Equals(value, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Whether a page of this origin may connect. A browser connects for every page it shows, also for one from elsewhere, and sends the
    /// page's origin; programs send none.
    /// </summary>
    /// <param name="allowed">Origins that are configured.</param>
    public bool IsAllowed(IReadOnlyList<string> allowed)
    {
        if (Origin is null || allowed.Contains(Origin, StringComparer.OrdinalIgnoreCase)) return true;
        if (!Uri.TryCreate(Origin, UriKind.Absolute, out var page)) return false;
        return page.IsLoopback && Uri.TryCreate($"http://{Host}", UriKind.Absolute, out var here) && here.IsLoopback;
    }

    /// <summary>The answer that opens the WebSocket.</summary>
    public string Accept()
    {
#pragma warning disable CA5350 // RFC 6455 names SHA-1; nothing depends on its strength
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes($"{Key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        return $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n" +
            $"Sec-WebSocket-Protocol: {Protocol}\r\n\r\n";
    }
}

/// <summary>A client that is refused before it says anything in MQTT.</summary>
internal sealed class DoorException(BrokerRefusal kind, string message) : IOException(message)
{
    public BrokerRefusal Kind => kind;
}

/// <summary>Opens WebSockets on connections.</summary>
internal static class WebSocketHandshake
{
    /// <summary>A browser's request has one or two kilobytes, more with cookies of other pages of the same host.</summary>
    private const int MaxHeadBytes = 16 << 10;

    /// <summary>The bytes inside the WebSocket.</summary>
    /// <exception cref="DoorException">It is no request for MQTT, or of a page that may not.</exception>
    /// <exception cref="IOException">The connection is lost.</exception>
    public static async Task<Stream> AcceptAsync(Stream connection, IReadOnlyList<string> origins, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(connection, cancellationToken).ConfigureAwait(false);
        var request = WebSocketRequest.Parse(head, out var problem);
        if (request is null)
            throw await RefuseAsync(connection, HttpStatusCode.BadRequest, BrokerRefusal.Protocol, problem!).ConfigureAwait(false);
        if (!request.IsAllowed(origins))
            throw await RefuseAsync(connection, HttpStatusCode.Forbidden, BrokerRefusal.Origin, "a page from elsewhere")
                .ConfigureAwait(false);
        await connection.WriteAsync(Encoding.ASCII.GetBytes(request.Accept()), cancellationToken).ConfigureAwait(false);
        var socket = WebSocket.CreateFromStream(connection,
            new WebSocketCreationOptions { IsServer = true, SubProtocol = WebSocketRequest.Protocol });
        return WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true);
    }

    /// <summary>Byte by byte: what follows the head belongs to the WebSocket.</summary>
    private static async Task<string> ReadHeadAsync(Stream connection, CancellationToken cancellationToken)
    {
        var head = new byte[MaxHeadBytes];
        for (var length = 0; length < head.Length;)
        {
            if (await connection.ReadAsync(head.AsMemory(length, 1), cancellationToken).ConfigureAwait(false) == 0)
                throw new IOException("the connection ended in the request");
            length++;
            if (head.AsSpan(0, length).EndsWith("\r\n\r\n"u8)) return Encoding.ASCII.GetString(head, 0, length - 4);
        }
        throw new DoorException(BrokerRefusal.PacketSize, $"a request of more than {MaxHeadBytes} bytes");
    }

    private static async Task<DoorException> RefuseAsync(Stream connection, HttpStatusCode code, BrokerRefusal kind, string why)
    {
        var answer = $"HTTP/1.1 {(int)code} {code}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        await connection.WriteAsync(Encoding.ASCII.GetBytes(answer)).ConfigureAwait(false);
        return new DoorException(kind, why);
    }
}
