namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>
/// A mapping of Python's kind: keys are texts, whole numbers, fractions, truths or none (<see cref="None"/>), in the order of insertion;
/// 1, 1.0 and true are the same key.
/// </summary>
internal class Mapping() : Dictionary<object, object?>(KeyComparer.Instance)
{
    /// <summary>Stands for none as a key.</summary>
    public static readonly object None = new();

    public static Mapping Of(IEnumerable<KeyValuePair<string, object?>> entries)
    {
        var mapping = new Mapping();
        foreach (var (key, value) in entries) mapping[key] = value;
        return mapping;
    }

    public bool TryGet(object? key, out object? value) => TryGetValue(key ?? None, out value);

    /// <summary>Keys as a template sees them.</summary>
    public List<object?> KeyList() => [.. Keys.Select(Seen)];

    public static object? Seen(object key) => ReferenceEquals(key, None) ? null : key;

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? x, object? y) => object.Equals(Plain(x), Plain(y));

        public int GetHashCode(object key) => Plain(key)!.GetHashCode();

        private static object? Plain(object? key) => key switch
        {
            bool b => b ? 1L : 0L,
            double d when d == Math.Floor(d) && Math.Abs(d) < 1e15 => (long)d,
            _ => key,
        };
    }
}

/// <summary>A list written in parentheses, or an entry of a mapping: printed so, and spread by <c>%</c>.</summary>
internal sealed class TemplateTuple(IEnumerable<object?> items) : List<object?>(items);

/// <summary>What <c>namespace()</c> makes: the only value whose attributes a template may set.</summary>
internal sealed class TemplateNamespace : Mapping;
