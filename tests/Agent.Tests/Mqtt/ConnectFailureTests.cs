using System.Net.Sockets;
using System.Security.Authentication;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Mqtt;

public sealed class ConnectFailureTests
{
    private static readonly BrokerAddress Plain = new("b", 1883, Tls: false), Secure = new("b", 8883, Tls: true);

    private static IOException Nested(Exception inner) => new("outer", new IOException("the read failed", inner));

    /// <summary>As OpenSSL 3 words the alerts.</summary>
    [Theory]
    [InlineData("error:0A000418:SSL routines::tlsv1 alert unknown ca", "does not know who signed the client certificate")]
    [InlineData("error:0A000415:SSL routines::sslv3 alert certificate expired", "the client certificate has ended")]
    [InlineData("error:0A000414:SSL routines::ssl/tls alert certificate revoked", "the client certificate is revoked")]
    [InlineData("error:0A00045C:SSL routines::tlsv13 alert certificate required", "it asks for a client certificate")]
    [InlineData("error:0A000412:SSL routines::sslv3 alert bad certificate", "does not take the client certificate")]
    [InlineData("error:0A000410:SSL routines::sslv3 alert handshake failure", "expected a broker that speaks TLS on this port")]
    public void Cause_AlertOfTls_SaysWhatToDo(string alert, string words) =>
        Assert.Contains(words, ConnectFailure.Cause(new AuthenticationException("failed", new IOException(alert)), Secure),
            StringComparison.Ordinal);

    [Fact]
    public void Cause_NetworkAndSilence_NamesHostAndPort()
    {
        Assert.Equal("nothing listens on port 1883",
            ConnectFailure.Cause(Nested(new SocketException((int)SocketError.ConnectionRefused)), Plain));
        Assert.Equal("the host 'b' is unknown", ConnectFailure.Cause(Nested(new SocketException((int)SocketError.HostNotFound)), Plain));
        Assert.Contains("does it want TLS",
            ConnectFailure.Cause(Nested(new SocketException((int)SocketError.ConnectionReset)), Plain), StringComparison.Ordinal);
        var silent = new BrokerSilentException(TimeSpan.FromSeconds(10), new TimeoutException());
        Assert.StartsWith("cannot reach the broker mqtt://b:1883: no answer within 10 s",
            ConnectFailure.Explain(new IOException("x", silent), Plain), StringComparison.Ordinal);
    }

    [Fact]
    public void Ended_OnlyWhereTheCertificateHasEnded()
    {
        var now = new DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal("", ConnectFailure.Ended(null, now));
        Assert.Equal("", ConnectFailure.Ended(now.AddDays(1), now));
        Assert.Equal("; the client certificate ended on 2026-11-27: replace it with a new one", ConnectFailure.Ended(now.AddDays(-1), now));
    }
}
