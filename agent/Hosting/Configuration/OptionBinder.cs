using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace EdgeAgent.Hosting.Configuration;

/// <summary>
/// Fills option records from a configuration. Unlike the framework's binder it reports every problem at once, names unknown keys
/// with their path, reads durations as numbers in the key's unit, and a list that is given replaces the default one.
/// </summary>
internal sealed class OptionBinder(List<string> problems)
{
    public T Bind<T>(IConfiguration configuration) where T : new() => (T)Record(configuration, typeof(T), "");

    private object Record(IConfiguration configuration, Type type, string path)
    {
        var record = Activator.CreateInstance(type)!;
        var options = OptionProperty.Of(type);
        foreach (var given in configuration.GetChildren())
        {
            var option = options.FirstOrDefault(o => o.Key.Equals(given.Key, StringComparison.OrdinalIgnoreCase));
            if (option is null) problems.Add(Unknown(path, given.Key, options));
            else if (IsGiven(given) && Value(given, option.Type, option, Join(path, option.Key)) is { } value)
                option.Property.SetValue(record, value);
        }
        return record;
    }

    private static string Unknown(string path, string key, IReadOnlyList<OptionProperty> options)
    {
        var known = string.Join(", ", options.Select(o => o.Key));
        return path.Length == 0 ? $"{key} is no section; allowed are {known}" : $"{path}:{key} is no option; {path} has {known}";
    }

    /// <summary>A value of the type, or null where there is none: the default stays.</summary>
    private object? Value(IConfigurationSection given, Type type, OptionProperty option, string path)
    {
        if (OptionProperty.IsRecord(type)) return IsNested(given, path, "a section") ? Record(given, type, path) : null;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) return List(given, type, option, path);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
            return Dictionary(given, type, option, path);
        if (given.GetChildren().Any())
        {
            problems.Add($"{path} must be {Allowed(type, option)}, found a section");
            return null;
        }
        var text = given.Value ?? "";
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            if (text.Length == 0) return null;
            type = inner;
        }
        var value = Parse(text, type, option);
        if (value is null) problems.Add($"{path} must be {Allowed(type, option)}, found '{text}'");
        return value;
    }

    private object? List(IConfigurationSection given, Type type, OptionProperty option, string path)
    {
        if (!IsNested(given, path, "a list")) return null;
        var item = type.GetGenericArguments()[0];
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
        foreach (var child in given.GetChildren())
            if (Value(child, item, option, Join(path, child.Key)) is { } value) list.Add(value);
        return list;
    }

    private object? Dictionary(IConfigurationSection given, Type type, OptionProperty option, string path)
    {
        if (!IsNested(given, path, "a section")) return null;
        var arguments = type.GetGenericArguments();
        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
        foreach (var child in given.GetChildren())
            if (Value(child, arguments[1], option, Join(path, child.Key)) is { } value) dictionary[child.Key] = value;
        return dictionary;
    }

    private bool IsNested(IConfigurationSection given, string path, string wanted)
    {
        if (given.Value is null or "" || given.GetChildren().Any()) return true;
        problems.Add($"{path} must be {wanted}, found '{given.Value}'");
        return false;
    }

    private static object? Parse(string text, Type type, OptionProperty option)
    {
        if (type == typeof(string)) return text;
        if (type == typeof(bool)) return bool.TryParse(text, out var flag) ? flag : null;
        if (type == typeof(int)) return int.TryParse(text, Whole, CultureInfo.InvariantCulture, out var number) ? number : null;
        if (type == typeof(long)) return long.TryParse(text, Whole, CultureInfo.InvariantCulture, out var number) ? number : null;
        if (type == typeof(double)) return Number(text);
        if (type == typeof(TimeSpan) && option.Duration is { } duration) return Duration(text, duration.Of);
        if (type.IsEnum)
            return Enum.GetNames(type).FirstOrDefault(n => n.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase)) is { } name
                ? Enum.Parse(type, name) : null;
        throw new NotSupportedException($"an option cannot be a {type.Name}");
    }

    private const NumberStyles Whole = NumberStyles.Integer;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static TimeSpan? Duration(string text, Func<double, TimeSpan> of)
    {
        try
        {
            return Number(text) is { } number ? of(number) : null;
        }
        catch (Exception e) when (e is OverflowException or ArgumentException)
        {
            return null; // no such duration: reported with the values allowed
        }
    }

    private static string Allowed(Type type, OptionProperty option)
    {
        if (type == typeof(bool)) return "true or false";
        if (type.IsEnum) return $"one of {string.Join(", ", Enum.GetNames(type))}";
        var kind = type == typeof(string) ? "a text" : type == typeof(int) || type == typeof(long) ? "a whole number" : "a number";
        return string.Join(", ", option.Rules.Select(r => r.Allowed).Prepend(kind));
    }

    private static bool IsGiven(IConfigurationSection given) => given.Value is not null || given.GetChildren().Any();

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}:{key}";
}
