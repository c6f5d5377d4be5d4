using System.Net.Sockets;
using System.Security.Authentication;
using MQTTnet;

namespace EdgeAgent.Mqtt;

/// <summary>The broker answered the connection with a refusal (MQTT 5, section 3.2.2.2).</summary>
internal sealed class BrokerRefusedException(MqttClientConnectResultCode code, string? reason)
    : IOException($"refused: {ConnectFailure.Words(code)}{(string.IsNullOrEmpty(reason) ? "" : $" ({reason})")}");

/// <summary>The broker has not answered the connection.</summary>
internal sealed class BrokerSilentException(TimeSpan limit, Exception inner)
    : IOException($"no answer within {limit.TotalSeconds:F0} s: the host is off, or a firewall drops the packets", inner);

/// <summary>Says in words why a broker could not be reached. Pure.</summary>
internal static class ConnectFailure
{
    /// <summary>Alerts of TLS over a client's certificate (RFC 8446, section 6.2), as OpenSSL words them.</summary>
    private static readonly (string Alert, string Words)[] Alerts =
    [
        ("certificate required", "it asks for a client certificate: give one, with its key"),
        ("alert unknown ca", "it does not know who signed the client certificate: use one of an authority that the broker trusts"),
        ("alert certificate expired",
            "it says that the client certificate has ended: replace it with a new one; if it has not, check the broker's clock"),
        ("alert certificate revoked", "it says that the client certificate is revoked: replace it with a new one"),
        ("alert bad certificate", "it does not take the client certificate: is it the right one, and meant for clients?"),
        ("alert unsupported certificate", "it does not take the client certificate: is it the right one, and meant for clients?"),
    ];

    /// <summary>Whether another attempt would end the same way until a person changes something.</summary>
    public static bool IsFinal(Exception exception) => Find<BrokerRefusedException>(exception) is not null
        || Find<BrokerCertificateException>(exception) is not null;

    /// <summary>What happened, and what to look at.</summary>
    public static string Explain(Exception exception, BrokerAddress broker) =>
        $"cannot reach the broker {broker}: {Cause(exception, broker)}";

    /// <summary>As <see cref="Explain"/>, without the broker's name.</summary>
    public static string Cause(Exception? exception, BrokerAddress broker) =>
        exception is null ? "" : Find<BrokerRefusedException>(exception)?.Message ?? Find<BrokerCertificateException>(exception)?.Message
            ?? Find<CredentialFileException>(exception)?.Message ?? Find<ConnectionLostException>(exception)?.Message
            ?? Find<BrokerSilentException>(exception)?.Message ?? Alert(Last(exception))
            ?? Socket(Find<SocketException>(exception)?.SocketErrorCode, broker)
            ?? (Find<AuthenticationException>(exception) is { } tls ? Tls(tls) : null)
            ?? Other(Last(exception), broker);

    public static string Words(MqttClientConnectResultCode code) => code switch
    {
        MqttClientConnectResultCode.BadUserNameOrPassword => "the user name or the password is wrong",
        MqttClientConnectResultCode.NotAuthorized => "the user name or the password is wrong, or this user may not connect",
        MqttClientConnectResultCode.BadAuthenticationMethod => "the broker wants another way to log in",
        MqttClientConnectResultCode.ClientIdentifierNotValid => "the broker does not take this client id",
        MqttClientConnectResultCode.Banned => "this client is banned",
        MqttClientConnectResultCode.UnsupportedProtocolVersion => "the broker does not speak MQTT 5",
        MqttClientConnectResultCode.ServerBusy or MqttClientConnectResultCode.ServerUnavailable
            or MqttClientConnectResultCode.QuotaExceeded or MqttClientConnectResultCode.ConnectionRateExceeded => "the broker is busy",
        _ => code.ToString(),
    };

    private static string? Socket(SocketError? error, BrokerAddress broker) => error switch
    {
        null => null,
        SocketError.ConnectionRefused => $"nothing listens on port {broker.Port}",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"the host '{broker.Host}' is unknown",
        SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no way to this host",
        SocketError.ConnectionReset or SocketError.NotConnected or SocketError.Shutdown or SocketError.ConnectionAborted => broker.Tls
            ? "the broker closed the connection; does it speak TLS on this port, and does it trust the client certificate?"
            : "the broker closed the connection; does it want TLS (mqtts://)?",
        _ => $"the network says {error}",
    };

    private static string? Alert(string message) =>
        Alerts.FirstOrDefault(a => message.Contains(a.Alert, StringComparison.OrdinalIgnoreCase)) is { Words: { } words }
            ? $"the broker ended the connection: {words}" : null;

    /// <summary>What to add where the client's own certificate has ended; else nothing.</summary>
    public static string Ended(DateTimeOffset? certificateEnd, DateTimeOffset now) =>
        certificateEnd < now ? $"; the client certificate ended on {certificateEnd:yyyy-MM-dd}: replace it with a new one" : "";

    private static string Other(string message, BrokerAddress broker) =>
        message.StartsWith("the broker refused", StringComparison.Ordinal) ? message : $"the broker closed the connection ({message}); " +
            (broker.Tls ? "does it speak TLS on this port, and does it ask for a client certificate?" : "does it want TLS (mqtts://)?");

    private static string Tls(AuthenticationException exception) =>
        $"no TLS connection: {Last(exception)}; expected a broker that speaks TLS on this port, and a client certificate that it trusts";

    private static T? Find<T>(Exception? exception) where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is T found) return found;
        return null;
    }

    private static string Last(Exception exception)
    {
        while (exception.InnerException is { } inner) exception = inner;
        return exception.Message.TrimEnd('.');
    }
}
