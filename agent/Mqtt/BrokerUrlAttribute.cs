using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Mqtt;

/// <summary>Brokers' addresses without user and password, separated by commas; an empty text means none.</summary>
internal sealed class BrokerUrlAttribute : OptionRuleAttribute
{
    public override string Allowed => "mqtt://host[:port] or mqtts://host[:port], or several of them with commas between";

    public override bool IsAllowed(object value) => value is "" || value is string text && BrokerAddress.TryParseList(text, out _);
}
