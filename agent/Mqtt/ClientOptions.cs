using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeAgent.Platform;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeAgent.Mqtt;

/// <summary>A file with a certificate or a key cannot be used.</summary>
internal sealed class CredentialFileException(string message, Exception? inner) : IOException(message, inner);

/// <summary>Turns a <see cref="ConnectionProfile"/> into the client library's options.</summary>
internal static class ClientOptions
{
    /// <summary>
    /// The library's socket buffers have 8 KiB: with them a megabyte waits for a dozen delayed acknowledgements of TCP, half a second.
    /// </summary>
    private const int LargeBuffer = 1 << 20;

    /// <exception cref="IOException">A password, certificate or key file cannot be read.</exception>
    public static MqttClientOptions Build(ConnectionProfile profile)
    {
        var builder = new MqttClientOptionsBuilder().WithTcpServer(profile.Broker.Host, profile.Broker.Port)
            .WithProtocolVersion(profile.IsVersion5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311)
            .WithClientId(profile.ClientId).WithCleanStart(profile.SessionExpiry == TimeSpan.Zero)
            .WithKeepAlivePeriod(profile.KeepAlive).WithTimeout(profile.Timeout).WithoutPacketFragmentation();
        if (profile.SessionExpiry > TimeSpan.Zero) builder.WithSessionExpiryInterval((uint)profile.SessionExpiry.TotalSeconds);
        if (profile.ReceiveMaximum is { } window) builder.WithReceiveMaximum((ushort)window);
        if (profile.MaxPacketBytes is { } bytes) builder.WithMaximumPacketSize((uint)bytes);
        if (profile.Will?.Invoke() is { } will)
            builder.WithWillTopic(will.Topic).WithWillPayload(will.Payload.ToArray()).WithWillRetain(will.Retain)
                .WithWillQualityOfServiceLevel(MessageMapping.Quality(will));
        var credentials = profile.Credentials;
        if (credentials.Username.Length > 0) builder.WithCredentials(credentials.Username, Password(credentials.PasswordFile));
        if (profile.Broker.Tls) builder.WithTlsOptions(tls => Tls(tls, profile));
        var options = builder.Build();
        if (profile.HasLargeBuffers && options.ChannelOptions is MqttClientTcpOptions tcp) tcp.BufferSize = LargeBuffer;
        return options;
    }

    /// <summary>Subscriptions at QoS 1.</summary>
    public static MqttClientSubscribeOptions Subscribe(IEnumerable<Subscription> subscriptions)
    {
        var options = new MqttClientSubscribeOptionsBuilder();
        foreach (var subscription in subscriptions)
            options.WithTopicFilter(new MqttTopicFilterBuilder().WithTopic(subscription.Filter).WithAtLeastOnceQoS()
                .WithRetainHandling(
                    subscription.WantsRetained ? MqttRetainHandling.SendAtSubscribe : MqttRetainHandling.DoNotSendOnSubscribe)
                .WithRetainAsPublished(subscription.KeepsRetainFlag).Build());
        return options.Build();
    }

    private static string Password(string file) => file.Length > 0 ? Read(file).TrimEnd('\r', '\n') : "";

    private static string Read(string file)
    {
        try
        {
            return TextFile.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CredentialFileException($"the file '{file}' cannot be read: {e.Message}", e);
        }
        catch (TextFileException e)
        {
            throw new CredentialFileException(e.Message, e);
        }
    }

    /// <summary>Who may sign the broker's certificate, and what they have revoked.</summary>
    /// <exception cref="CredentialFileException">A file cannot be read.</exception>
    internal static BrokerTrust Trust(BrokerCredentials credentials) =>
        new(credentials.CaFile.Length > 0 ? Authorities(credentials.CaFile) : null,
            credentials.CrlFile.Length > 0 ? Revocations(credentials.CrlFile) : null);

    private static void Tls(MqttClientTlsOptionsBuilder tls, ConnectionProfile profile)
    {
        var (credentials, host) = (profile.Credentials, profile.Broker.Host);
        tls.UseTls().WithTargetHost(host).WithSslProtocols(SslProtocols.Tls12 | SslProtocols.Tls13);
        var trust = Trust(credentials);
        tls.WithCertificateValidationHandler(shown =>
        {
            using var certificate = shown.Certificate is null ? null : new X509Certificate2(shown.Certificate);
            if (BrokerCertificate.Problem(certificate, shown.Chain, shown.SslPolicyErrors, trust, host, TimeProvider.System.GetUtcNow())
                is { } problem) throw new BrokerCertificateException(problem);
            profile.Figures?.BrokerCertificate(certificate!.NotAfter);
            return true;
        });
        if (credentials.CertificateFile.Length == 0) return;
        var own = ClientCertificate(credentials.CertificateFile, credentials.KeyFile);
        profile.Figures?.ClientCertificate(own.NotAfter);
        tls.WithClientCertificates([own]);
    }

    /// <exception cref="CredentialFileException">The file holds no certificates.</exception>
    internal static X509Certificate2Collection Authorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(Read(file));
        }
        catch (CryptographicException e)
        {
            throw new CredentialFileException($"expected certificates in PEM in the CA file '{file}'; found {e.Message}", e);
        }
        return authorities.Count > 0
            ? authorities : throw new CredentialFileException($"expected certificates in PEM in the CA file '{file}'; found none", null);
    }

    /// <exception cref="CredentialFileException">It cannot be read, or is none.</exception>
    public static RevocationList Revocations(string file) => RevocationList.Parse(file, Read(file));

    /// <param name="keyFile">PEM file of the key; empty: it is in the certificate's file.</param>
    /// <exception cref="CredentialFileException">They cannot be read, or do not fit each other.</exception>
    public static X509Certificate2 ClientCertificate(string file, string keyFile)
    {
        try
        {
            // a PEM key is ephemeral; TLS wants it through PKCS#12
            using var pem = X509Certificate2.CreateFromPem(Read(file), Read(keyFile.Length > 0 ? keyFile : file));
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CredentialFileException($"expected a certificate in '{file}' and its private key in " +
                $"'{(keyFile.Length > 0 ? keyFile : file)}', both PEM; found {e.Message}", e);
        }
    }
}
