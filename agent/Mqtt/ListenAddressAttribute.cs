using System.Net;
using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Mqtt;

/// <summary>An IP address and port to listen on; an empty text means none.</summary>
internal sealed class ListenAddressAttribute : OptionRuleAttribute
{
    public override string Allowed => "ADDRESS:PORT";

    public override bool IsAllowed(object value) => value is "" || value is string text && IPEndPoint.TryParse(text, out _);
}
