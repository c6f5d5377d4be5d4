namespace EdgeAgent.Mqtt;

/// <summary>A broker, and who the client is there.</summary>
internal readonly record struct BrokerAccess(BrokerAddress Address, BrokerCredentials Credentials)
{
    /// <summary>Anonymous, with the system's authorities.</summary>
    public static implicit operator BrokerAccess(BrokerAddress address) => new(address, new BrokerCredentials());
}
