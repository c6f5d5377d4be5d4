using System.Globalization;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Tests.Hosting.Configuration;

/// <summary>Every option there is, found by reflection, with the key of a first entry where it stands in a list.</summary>
internal static class AllOptions
{
    public static IReadOnlyList<(string Key, OptionProperty Option)> Found { get; } = [.. In(typeof(AgentSettings), "")];

    public static IEnumerable<(string Key, OptionProperty Option)> Numeric => Found.Where(o => IsNumeric(o.Option.Type));

    /// <summary>One value below the values allowed and one above.</summary>
    public static (string Below, string Above) Outside(OptionProperty option)
    {
        var step = option.Type == typeof(int) || option.Type == typeof(long) ? 1 : 0.001;
        var (min, max) = Bounds(option);
        return (Text(IsMinExcluded(option) ? min : min - step), Text(max + step));
    }

    /// <summary>The least and the greatest value allowed.</summary>
    public static (string Min, string Max) Inside(OptionProperty option)
    {
        var (min, max) = Bounds(option);
        return (Text(IsMinExcluded(option) ? min + 0.001 : min), Text(max));
    }

    private static bool IsMinExcluded(OptionProperty option) => option.Rules.OfType<RangeAttribute>().Any(r => r.IsMinExcluded);

    private static (double Min, double Max) Bounds(OptionProperty option) => option.Rules.Single() switch
    {
        RangeAttribute range => (range.Min, range.Max),
        OneOfAttribute one => (one.Values.Min(), one.Values.Max()),
        var other => throw new InvalidOperationException($"{option.Key}: {other.GetType().Name} gives no bounds"),
    };

    private static string Text(double number) => number.ToString("0.#########", CultureInfo.InvariantCulture);

    private static bool IsNumeric(Type type) =>
        type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(TimeSpan);

    private static IEnumerable<(string Key, OptionProperty Option)> In(Type record, string path)
    {
        foreach (var option in OptionProperty.Of(record))
        {
            var key = path.Length == 0 ? option.Key : $"{path}:{option.Key}";
            var item = option.Type.IsGenericType ? option.Type.GetGenericArguments()[^1] : null;
            if (OptionProperty.IsRecord(option.Type)) foreach (var inner in In(option.Type, key)) yield return inner;
            else yield return (key, option);
            if (item is not null && OptionProperty.IsRecord(item)) foreach (var inner in In(item, $"{key}:0")) yield return inner;
        }
    }
}
