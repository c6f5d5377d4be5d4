using EdgeAgent.Mqtt.Broker;

namespace EdgeAgent.Tests.Mqtt.Broker;

public sealed class ListenPolicyTests
{
    private const string Fields = "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n",
        Key = "dGhlIHNhbXBsZSBub25jZQ==";

    [Theory]
    [InlineData("127.0.0.1:1883", "", "", false, true)]
    [InlineData("[::1]:1883", "", "", false, true)]
    [InlineData("0.0.0.0:1883", "", "", false, false)]
    [InlineData("0.0.0.0:1883", "", "", true, false)] // in the clear
    [InlineData("10.1.2.3:1883", "", "", true, false)]
    [InlineData("127.0.0.1:1883", "0.0.0.0:8883", "", false, false)]
    [InlineData("127.0.0.1:1883", "0.0.0.0:8883", "", true, true)]
    [InlineData("127.0.0.1:1883", "", "0.0.0.0:8083", true, true)]
    [InlineData("127.0.0.1:1883", "", "0.0.0.0:8083", false, false)]
    [InlineData("127.0.0.1:1883", "", "127.0.0.1:8083", false, true)]
    public void Problem_BeyondLoopback_NeedsUsersAndTls(string listen, string tls, string webSocket, bool hasUsers, bool mayStart)
    {
        var options = new EmbeddedBrokerOptions { TlsListen = tls, WebSocketListen = webSocket, CertificateFile = "c", KeyFile = "k" };
        var listeners = ListenPolicy.Listeners(listen, options);
        Assert.Equal(mayStart, ListenPolicy.Problem(listeners, hasUsers, isInsecure: false) is null);
        Assert.Null(ListenPolicy.Problem(listeners, hasUsers, isInsecure: true));
    }

    [Fact]
    public void Problem_SaysWhatToDo() => Assert.Contains("edge-agent broker passwd", ListenPolicy.Problem(
        ListenPolicy.Listeners("0.0.0.0:1883", new EmbeddedBrokerOptions()), hasUsers: false, isInsecure: false), StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "device:8083", true)] // no browser
    [InlineData("http://127.0.0.1:8080", "127.0.0.1:8083", true)]
    [InlineData("http://localhost", "localhost:8083", true)]
    [InlineData("https://kiosk.plant", "device:8083", true)]
    [InlineData("https://evil.example", "127.0.0.1:8083", false)]
    [InlineData("null", "127.0.0.1:8083", false)]
    [InlineData("http://127.0.0.1", "device:8083", false)]
    public void Page_FromElsewhere_MayNotConnect(string? origin, string host, bool mayConnect)
    {
        var head = $"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n" +
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqttv3.1, mqtt" +
            (origin is null ? "" : $"\r\nOrigin: {origin}");
        var request = WebSocketRequest.Parse(head, out var problem);
        Assert.Null(problem);
        Assert.Equal(mayConnect, request!.IsAllowed(["https://kiosk.plant"]));
        // the example of RFC 6455, section 1.3
        Assert.Contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", request.Accept(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x")]
    [InlineData("POST / HTTP/1.1\r\n" + Fields + "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: " + Key)]
    [InlineData("GET / HTTP/1.1\r\n" + Fields + "Sec-WebSocket-Key: " + Key)]
    [InlineData("GET / HTTP/1.1\r\n" + Fields + "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: short")]
    [InlineData("garbage")]
    [InlineData("GET / HTTP/1.1\r\nno colon")]
    public void Request_ThatIsNoneForMqtt_IsRefusedWithAReason(string head)
    {
        Assert.Null(WebSocketRequest.Parse(head, out var problem));
        Assert.NotNull(problem);
    }
}
