using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeAgent.Mqtt;

/// <summary>Turns <see cref="MqttOptions"/> into the client library's options.</summary>
internal static class ClientOptions
{
    public static MqttClientOptions Build(MqttOptions options, BrokerAddress broker, string clientId, string willTopic, byte[] willPayload)
    {
        var builder = new MqttClientOptionsBuilder()
            .WithTcpServer(broker.Host, broker.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(clientId)
            .WithCleanStart(false)
            .WithSessionExpiryInterval((uint)options.SessionExpiry.TotalSeconds)
            .WithKeepAlivePeriod(options.KeepAlive)
            .WithReceiveMaximum((ushort)options.ReceiveMaximum)
            .WithMaximumPacketSize((uint)options.MaxPacketBytes)
            .WithoutPacketFragmentation()
            .WithWillTopic(willTopic)
            .WithWillPayload(willPayload)
            .WithWillRetain(true)
            .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        return Secured(builder, options, broker);
    }

    /// <summary>A connection without session and will, with few messages under way.</summary>
    public static MqttClientOptions BuildForDownloads(MqttOptions options, BrokerAddress broker, string clientId, ushort window) =>
        ForLargePackets(Secured(new MqttClientOptionsBuilder()
        .WithTcpServer(broker.Host, broker.Port).WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(clientId).WithCleanStart(true)
            .WithKeepAlivePeriod(options.KeepAlive)
        .WithReceiveMaximum(window).WithMaximumPacketSize((uint)options.MaxPacketBytes).WithoutPacketFragmentation(), options, broker));

    /// <summary>Subscriptions at QoS 1, with retained messages at once or not at all.</summary>
    public static MqttClientSubscribeOptions Subscription(IEnumerable<(string Filter, bool WantsRetained)> filters)
    {
        var subscribe = new MqttClientSubscribeOptionsBuilder();
        foreach (var (filter, wantsRetained) in filters)
            subscribe.WithTopicFilter(new MqttTopicFilterBuilder().WithTopic(filter).WithAtLeastOnceQoS()
                .WithRetainHandling(wantsRetained ? MqttRetainHandling.SendAtSubscribe : MqttRetainHandling.DoNotSendOnSubscribe)
                    .WithRetainAsPublished().Build());
        return subscribe.Build();
    }

    private const int LargeBuffer = 1 << 20;

    /// <summary>
    /// The library's socket buffers have 8 KiB: with them a megabyte waits for a dozen delayed acknowledgements of TCP, half a second.
    /// </summary>
    public static MqttClientOptions ForLargePackets(MqttClientOptions options)
    {
        if (options.ChannelOptions is MqttClientTcpOptions tcp) tcp.BufferSize = LargeBuffer;
        return options;
    }

    private static MqttClientOptions Secured(MqttClientOptionsBuilder builder, MqttOptions options, BrokerAddress broker)
    {
        if (options.Username.Length > 0)
            builder.WithCredentials(options.Username,
                options.PasswordFile.Length > 0 ? File.ReadAllText(options.PasswordFile).TrimEnd('\r', '\n') : "");
        if (broker.Tls) builder.WithTlsOptions(tls => Tls(tls, options, broker));
        return builder.Build();
    }

    private static void Tls(MqttClientTlsOptionsBuilder tls, MqttOptions options, BrokerAddress broker)
    {
        tls.UseTls().WithTargetHost(broker.Host).WithSslProtocols(SslProtocols.Tls12 | SslProtocols.Tls13);
        if (options.CaFile.Length > 0)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(options.CaFile);
            tls.WithTrustChain(authorities);
        }
        if (options.CertificateFile.Length > 0)
        {
            // a PEM key is ephemeral; TLS wants it through PKCS#12
            using var pem = X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile);
            tls.WithClientCertificates([X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)]);
        }
    }
}
