namespace EdgeAgent.Platform.Configuration;

/// <summary>A text of <paramref name="min"/> to <paramref name="max"/> characters (UTF-16).</summary>
internal sealed class LengthAttribute(int min, int max) : OptionRuleAttribute
{
    public override string Allowed => min == 0 ? $"at most {max} characters" : $"{min}..{max} characters";

    public override bool IsAllowed(object value) => value is string text && text.Length >= min && text.Length <= max;

    public override string Found(object value) => value is string text ? $"{text.Length}" : base.Found(value);
}
