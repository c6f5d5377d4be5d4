namespace EdgeAgent.Mqtt;

/// <summary>A broker's host and port, and whether TLS is spoken.</summary>
internal readonly record struct BrokerAddress(string Host, int Port, bool Tls)
{
    /// <summary>The embedded broker whose own agent this is: reached in memory, and known without a login. Null for every other.</summary>
    public EmbeddedBroker? Within { get; init; }

    public static bool TryParse(string text, out BrokerAddress address)
    {
        address = default;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("mqtt" or "mqtts") || uri.Host.Length == 0
            || uri.AbsolutePath is not ("" or "/") || uri.UserInfo.Length > 0) return false;
        var tls = uri.Scheme == "mqtts";
        address = new BrokerAddress(uri.Host, uri.Port > 0 ? uri.Port : tls ? 8883 : 1883, tls);
        return true;
    }

    /// <summary>Several brokers, separated by commas; false unless each is one.</summary>
    public static bool TryParseList(string text, out IReadOnlyList<BrokerAddress> addresses)
    {
        var parsed = text.Split(',', StringSplitOptions.TrimEntries)
            .Select(part => TryParse(part, out var address) ? address : (BrokerAddress?)null).ToList();
        addresses = [.. parsed.OfType<BrokerAddress>()];
        return addresses.Count == parsed.Count;
    }

    public override string ToString() => $"{(Tls ? "mqtts" : "mqtt")}://{Host}:{Port}";
}
