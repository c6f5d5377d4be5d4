using System.Collections;

namespace EdgeAgent.Platform.Configuration;

/// <summary>A list of at most <paramref name="max"/> entries.</summary>
internal sealed class MaxCountAttribute(int max) : OptionRuleAttribute
{
    public override string Allowed => $"at most {max}";

    public override bool IsAllowed(object value) => value is ICollection list && list.Count <= max;

    public override string Found(object value) => value is ICollection list ? $"{list.Count}" : base.Found(value);
}
