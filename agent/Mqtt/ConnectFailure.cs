using System.Net.Sockets;
using System.Security.Authentication;
using MQTTnet;

namespace EdgeAgent.Mqtt;

/// <summary>The broker answered the connection with a refusal (MQTT 5, section 3.2.2.2).</summary>
internal sealed class BrokerRefusedException(MqttClientConnectResultCode code, string? reason)
    : IOException($"refused: {ConnectFailure.Words(code)}{(string.IsNullOrEmpty(reason) ? "" : $" ({reason})")}");

/// <summary>Says in words why a broker could not be reached. Pure.</summary>
internal static class ConnectFailure
{
    /// <summary>Whether another attempt would end the same way until a person changes something.</summary>
    public static bool IsFinal(Exception exception) => Find<BrokerRefusedException>(exception) is not null
        || Find<BrokerCertificateException>(exception) is not null;

    /// <summary>What happened, and what to look at.</summary>
    public static string Explain(Exception exception, BrokerAddress broker)
    {
        var cause = Find<BrokerRefusedException>(exception)?.Message ?? Find<BrokerCertificateException>(exception)?.Message
            ?? Find<CredentialFileException>(exception)?.Message
            ?? Socket(Find<SocketException>(exception)?.SocketErrorCode, broker)
            ?? (Find<AuthenticationException>(exception) is { } tls ? Tls(tls) : null)
            ?? Other(Last(exception), broker);
        return $"cannot reach the broker {broker}: {cause}";
    }

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
        SocketError.ConnectionReset => broker.Tls
            ? "the broker closed the connection; does it speak TLS on this port?"
            : "the broker closed the connection; does it want TLS (mqtts://)?",
        _ => $"the network says {error}",
    };

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
