namespace EdgeAgent.Platform.Configuration;

/// <summary>At least one prefix of MQTT topics; wildcards have no meaning in it.</summary>
internal sealed class TopicPrefixesAttribute : OptionRuleAttribute
{
    public override string Allowed => "topic prefixes without wildcards";

    public override bool IsAllowed(object value) =>
        value is IReadOnlyList<string> { Count: > 0 } prefixes && prefixes.All(p => p.Length > 0 && p.AsSpan().IndexOfAny('+', '#') < 0);

    public override string Found(object value) => $"'{string.Join("', '", (IReadOnlyList<string>)value)}'";
}
