using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Mqtt;

/// <summary>A broker's address without user and password; an empty text means none.</summary>
internal sealed class BrokerUrlAttribute : OptionRuleAttribute
{
    public override string Allowed => "mqtt://host[:port] or mqtts://host[:port]";

    public override bool IsAllowed(object value) => value is "" || value is string text && BrokerAddress.TryParse(text, out _);
}
