using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace EdgeAgent.Mqtt;

/// <summary>What a broker shows before anybody logs in.</summary>
/// <param name="Problem">Why there is no connection; null where there is one.</param>
/// <param name="Failure">What the attempt threw.</param>
/// <param name="Certificate">The period of its certificate; null without TLS, and where none was shown.</param>
internal sealed record BrokerSight(string? Problem, Exception? Failure, CertificatePeriod? Certificate)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Opens a connection and, with TLS, looks at the certificate. Logs nobody in: a second login with the device's name may end the
    /// agent's own session.
    /// </summary>
    public static async Task<BrokerSight> LookAsync(BrokerAddress broker, BrokerCredentials credentials, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        CertificatePeriod? period = null;
        using var limit = new CancellationTokenSource(Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(broker.Host, broker.Port, both.Token).ConfigureAwait(false);
            if (!broker.Tls) return new BrokerSight(null, null, null);
            var trust = ClientOptions.Trust(credentials);
            var stream = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false, (_, shown, chain, errors) =>
            {
                using var certificate = shown is null ? null : new X509Certificate2(shown);
                if (certificate is not null) period = CertificatePeriod.Of(certificate);
                return BrokerCertificate.Problem(certificate, chain, errors, trust, broker.Host, clock.GetUtcNow()) is { } problem
                    ? throw new BrokerCertificateException(problem) : true;
            });
            await using (stream.ConfigureAwait(false))
                await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = broker.Host,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ClientCertificates = credentials.CertificateFile.Length > 0
                        ? [ClientOptions.ClientCertificate(credentials.CertificateFile, credentials.KeyFile)] : null,
                }, both.Token).ConfigureAwait(false);
            return new BrokerSight(null, null, period);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return new BrokerSight($"cannot reach the broker {broker}: no answer within {Timeout.TotalSeconds:F0} s", e, period);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
        {
            return new BrokerSight(ConnectFailure.Explain(e, broker), e, period);
        }
    }
}
