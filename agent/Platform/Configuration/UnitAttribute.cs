namespace EdgeAgent.Platform.Configuration;

/// <summary>What a number counts or measures, in the field's unit: "tokens", "bytes", "°C", "share".</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class UnitAttribute(string name) : Attribute
{
    public string Name => name;
}
