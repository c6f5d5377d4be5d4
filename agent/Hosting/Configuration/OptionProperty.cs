using System.Collections;
using System.Globalization;
using System.Reflection;
using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Hosting.Configuration;

/// <summary>A property of an option record, as the configuration sees it: key, unit and rules.</summary>
internal sealed class OptionProperty
{
    private readonly UnitAttribute? _unit;

    private OptionProperty(PropertyInfo property)
    {
        Property = property;
        Duration = property.GetCustomAttribute<DurationAttribute>();
        Rules = [.. property.GetCustomAttributes<OptionRuleAttribute>()];
        _unit = property.GetCustomAttribute<UnitAttribute>();
    }

    public PropertyInfo Property { get; }
    public DurationAttribute? Duration { get; }
    public IReadOnlyList<OptionRuleAttribute> Rules { get; }
    public string Key => Duration?.Key ?? Property.Name;
    public string? Unit => Duration?.Unit.ToString().ToLowerInvariant() ?? _unit?.Name;
    public Type Type => Property.PropertyType;

    /// <summary>The options of a record: its public properties that can be set.</summary>
    public static IReadOnlyList<OptionProperty> Of(Type record) =>
        [.. record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is { IsPublic: true })
            .Select(p => new OptionProperty(p))];

    /// <summary>A record of options, and not one value.</summary>
    public static bool IsRecord(Type type) =>
        type.IsClass && type.Namespace?.StartsWith(nameof(EdgeAgent), StringComparison.Ordinal) == true;

    /// <summary>What the rules judge: numbers and durations as double in the key's unit, the rest as it is.</summary>
    public object? ValueIn(object record) => Property.GetValue(record) switch
    {
        TimeSpan duration when Duration is not null => Duration.In(duration),
        sbyte or short or int or long or byte or ushort or uint or ulong or float or double =>
            Convert.ToDouble(Property.GetValue(record), CultureInfo.InvariantCulture),
        var other => other,
    };

    /// <summary>The records inside a value, with where they stand.</summary>
    public static IEnumerable<(string Path, object Record)> RecordsIn(object? value, string path) => value switch
    {
        null or string => [],
        IDictionary => [],
        IEnumerable list => list.Cast<object>().SelectMany((item, i) => RecordsIn(item, $"{path}:{i}")),
        _ => IsRecord(value.GetType()) ? [(path, value)] : [],
    };
}
