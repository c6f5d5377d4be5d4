using System.Net.Sockets;
using System.Security.Authentication;

namespace EdgeAgent.Mqtt;

/// <summary>What to do about a broker that could not be reached. <see cref="ConnectFailure"/> says what happened. Pure.</summary>
internal static class ConnectRemedy
{
    /// <param name="failure">What a connection attempt threw.</param>
    /// <param name="broker">The broker.</param>
    /// <param name="credentials">How the client logged in.</param>
    public static string For(Exception failure, BrokerAddress broker, BrokerCredentials credentials)
    {
        for (var e = failure; e is not null; e = e.InnerException)
            switch (e)
            {
                case BrokerRefusedException:
                    return Refused(credentials);
                case BrokerCertificateException:
                    return Certificate(e.Message, credentials);
                case CredentialFileException:
                    return "mend the file that is named, or enrol again with --cert, --cafile or --password-file";
                case SocketException socket when !IsEnd(socket, broker):
                    return Socket(socket.SocketErrorCode, broker);
                case AuthenticationException or SocketException:
                    return credentials.CertificateFile.Length > 0
                        ? "have the certificate signed by the authority that the broker trusts, or check that the port speaks TLS"
                        : $"enrol with --cert if the broker wants a client certificate, or check that port {broker.Port} speaks TLS";
            }
        return failure.Message.Contains("refused the subscription", StringComparison.Ordinal)
            ? "give this user the device's rights at the broker (provisioning/mosquitto/acl); its user name must be the device's name"
            : $"check the broker's log for this connection; {(broker.Tls ? "does it want a client certificate (--cert)?"
                : "does it want TLS (mqtts://) or a login (--user)?")}";
    }

    /// <summary>A broker that wants a client certificate ends the connection after the handshake.</summary>
    private static bool IsEnd(SocketException e, BrokerAddress broker) =>
        broker.Tls && e.SocketErrorCode is not (SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
            or SocketError.ConnectionRefused or SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable
            or SocketError.HostDown or SocketError.NetworkDown);

    private static string Refused(BrokerCredentials credentials) => credentials.Username.Length > 0
        ? $"set the password of '{credentials.Username}' at the broker (mosquitto_passwd), and in the file '{credentials.PasswordFile}'"
        : credentials.CertificateFile.Length > 0
            ? "let the broker take the user name from the certificate (mosquitto: use_identity_as_username true), and give it rights"
            : "enrol with --user and --password-file, or with --cert";

    /// <summary>The first cause counts: a certificate of another name may be unknown as well.</summary>
    private static string Certificate(string message, BrokerCredentials credentials) => message switch
    {
        _ when message.Contains("another name", StringComparison.Ordinal) =>
            "use one of the certificate's names in --broker, or give the broker a certificate with this name",
        _ when message.Contains("not valid before", StringComparison.Ordinal) => "set this machine's clock: sudo timedatectl set-ntp true",
        _ when message.Contains("expired", StringComparison.Ordinal) =>
            "renew the broker's certificate; if this machine's clock is wrong: sudo timedatectl set-ntp true",
        _ when message.Contains("unknown CA", StringComparison.Ordinal) => credentials.CaFile.Length > 0
            ? $"'{credentials.CaFile}' is not the authority of this broker: enrol with --cafile and the right one"
            : "enrol with --cafile and the authority that signed the broker's certificate",
        _ => "renew the broker's certificate"
    };

    private static string Socket(SocketError error, BrokerAddress broker) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
            $"check the name, and that this machine resolves it: getent hosts {broker.Host}",
        SocketError.ConnectionRefused => $"start the broker, or correct the port {broker.Port} in --broker",
        SocketError.ConnectionReset => "use mqtts:// if the port speaks TLS",
        _ => $"check cable, address and firewall: ping {broker.Host}"
    };
}
