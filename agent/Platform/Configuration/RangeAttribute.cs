using System.Globalization;

namespace EdgeAgent.Platform.Configuration;

/// <summary>A number, or a duration in its key's unit, from <paramref name="min"/> to <paramref name="max"/>, both included.</summary>
internal sealed class RangeAttribute(double min, double max) : OptionRuleAttribute
{
    public double Min => min;
    public double Max => max;

    /// <summary>One more value, outside the range, with a meaning of its own (such as 0 for "automatic"); NaN: none.</summary>
    public double Or { get; init; } = double.NaN;

    /// <summary>The value must be above <see cref="Min"/>.</summary>
    public bool IsMinExcluded { get; init; }

    public override string Allowed =>
        (double.IsNaN(Or) ? "" : $"{Text(Or)} or ")
        + (IsMinExcluded ? $"above {Text(min)} and at most {Text(max)}" : $"{Text(min)}..{Text(max)}");

    public override bool IsAllowed(object value) =>
        value is double number && (number == Or || number <= max && (IsMinExcluded ? number > min : number >= min));

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
