using System.Globalization;

namespace EdgeAgent.Platform.Configuration;

/// <summary>One of a few numbers. (Names are an enum, which needs no rule.)</summary>
internal sealed class OneOfAttribute(params int[] values) : OptionRuleAttribute
{
    public IReadOnlyList<int> Values => values;

    public override string Allowed => string.Join(" or ", values.Select(v => v.ToString(CultureInfo.InvariantCulture)));

    public override bool IsAllowed(object value) => value is double number && values.Any(v => v == number);
}
