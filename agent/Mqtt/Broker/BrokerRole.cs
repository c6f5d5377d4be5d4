namespace EdgeAgent.Mqtt.Broker;

/// <summary>What a client of the embedded broker is there for.</summary>
internal enum BrokerRole
{
    /// <summary>Asks, cancels and rates; reads its own replies.</summary>
    Terminal,

    /// <summary>Sends commands and bundles, and sees what the device says.</summary>
    Fleet,

    /// <summary>A terminal that also shows how the device does.</summary>
    Kiosk,

    /// <summary>Sees what the device says, and sends nothing.</summary>
    Viewer,

    /// <summary>Whoever connects over loopback while the broker has no users.</summary>
    Local,

    /// <summary>The agent itself, inside the process. No user has this role.</summary>
    Agent,
}

/// <summary>A client, as the broker knows it.</summary>
/// <param name="User">Name of the user; empty for one who did not log in.</param>
internal sealed record BrokerClient(string User, BrokerRole Role, string ClientId)
{
    /// <summary>Where two clients share a limit: a user's connections together, and each of those without a user.</summary>
    public string Account => User.Length > 0 ? $"user {User}" : $"client {ClientId}";
}
