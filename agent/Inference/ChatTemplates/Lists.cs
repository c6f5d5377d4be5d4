namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>Jinja's filters over lists and mappings.</summary>
internal static class Lists
{
    public static object? Apply(string name, object? value, Arguments args, int line)
    {
        IReadOnlyList<object?> Items() => Values.Items(value, line);
        switch (name)
        {
            case "first": return Items() is [var head, ..] ? head : new Undefined("first");
            case "last": return Items() is [.., var tail] ? tail : new Undefined("last");
            case "list": return Items().ToList();
            case "reverse" when value is string: return string.Concat(Items().Reverse());
            case "reverse": return Items().Reverse().ToList();
            case "items": return value is Undefined ? [] : Values.Pairs(Mapped(value, "items", line));
            case "dictsort": return DictSort(Mapped(value, "dictsort", line), args, line);
            case "sort": return Sorted(Items(), args, line);
            case "unique": return Unique(Items(), args, line);
            case "min" or "max": return Extreme(Items(), name == "max", args, line);
            case "sum":
                return Attributes(value, args.Get(0, "attribute"), line)
                    .Aggregate(args.Get(1, "start", 0L), (sum, item) => Operators.Apply("+", sum, item, line));
            case "map": return Map(value, args, line);
            case "batch" or "slice": return Groups(Items(), name == "batch", args, line);
            case "select" or "reject" or "selectattr" or "rejectattr": return Select(name, value, args, line);
            case "attr": return Methods.Member(value, Values.Text(args.Get(0, "name"), line), line);
            default: throw new TemplateException(line, $"unsupported filter '{name}'");
        }
    }

    /// <summary>The items, or an attribute of each: a name, or names between dots.</summary>
    public static IEnumerable<object?> Attributes(object? value, object? attribute, int line) =>
        attribute is null ? Values.Items(value, line) : Values.Items(value, line).Select(i => Attribute(i, attribute, line));

    private static object? Attribute(object? item, object? attribute, int line)
    {
        if (attribute is long) return Operators.At(item, attribute, line);
        foreach (var part in Values.Text(attribute, line).Split('.'))
            item = long.TryParse(part, out var index) ? Operators.At(item, index, line) : Operators.At(item, part, line);
        return item;
    }

    private static Mapping Mapped(object? value, string filter, int line) => value is Mapping m and not TemplateNamespace
        ? m : throw new TemplateException(line, $"'{filter}' needs a mapping, found {Values.Kind(value)}");

    private static object? Folded(object? key, bool isSensitive) => key is string s && !isSensitive ? s.ToLowerInvariant() : key;

    private static List<object?> Ordered(IEnumerable<object?> items, Func<object?, object?> key, bool reverse, int line)
    {
        var comparer = Comparer<object?>.Create((a, b) => Values.Compare(a, b, line));
        return [.. reverse ? items.OrderByDescending(key, comparer) : items.OrderBy(key, comparer)];
    }

    private static List<object?> DictSort(Mapping mapping, Arguments args, int line)
    {
        var isSensitive = Values.Truth(args.Get(0, "case_sensitive", false));
        var part = args.Get(1, "by", "key") is "value" ? 1 : 0;
        return Ordered(Values.Pairs(mapping), p => Folded(((List<object?>)p!)[part], isSensitive),
            Values.Truth(args.Get(2, "reverse", false)), line);
    }

    private static List<object?> Sorted(IReadOnlyList<object?> items, Arguments args, int line)
    {
        var isSensitive = Values.Truth(args.Get(1, "case_sensitive", false));
        var attribute = args.Get(2, "attribute");
        return Ordered(items, i => Folded(attribute is null ? i : Attribute(i, attribute, line), isSensitive),
            Values.Truth(args.Get(0, "reverse", false)), line);
    }

    private static List<object?> Unique(IReadOnlyList<object?> items, Arguments args, int line)
    {
        var isSensitive = Values.Truth(args.Get(0, "case_sensitive", false));
        var attribute = args.Get(1, "attribute");
        var (seen, result) = (new List<object?>(), new List<object?>());
        foreach (var item in items)
        {
            var key = Folded(attribute is null ? item : Attribute(item, attribute, line), isSensitive);
            if (seen.Exists(s => Values.Equals(s, key))) continue;
            seen.Add(key);
            result.Add(item);
        }
        return result;
    }

    private static object? Extreme(IReadOnlyList<object?> items, bool largest, Arguments args, int line)
    {
        var isSensitive = Values.Truth(args.Get(0, "case_sensitive", false));
        var attribute = args.Get(1, "attribute");
        var sorted = Ordered(items, i => Folded(attribute is null ? i : Attribute(i, attribute, line), isSensitive), largest, line);
        return sorted.Count > 0 ? sorted[0] : new Undefined(largest ? "max" : "min");
    }

    private static List<object?> Map(object? value, Arguments args, int line)
    {
        if (value is null) return [];
        if (args.Positional.Count == 0)
        {
            var attribute = args.Named.GetValueOrDefault("attribute")
                ?? throw new TemplateException(line, "map needs a filter or an attribute");
            var hasDefault = args.Named.TryGetValue("default", out var otherwise);
            return [.. Attributes(value, attribute, line).Select(i => i is Undefined && hasDefault ? otherwise : i)];
        }
        var filter = Values.Text(args.Positional[0], line);
        var rest = new Arguments([.. args.Positional.Skip(1)], args.Named);
        return [.. Values.Items(value, line).Select(i => Filters.Apply(filter, i, rest, line))];
    }

    /// <summary>none and what is empty have nothing to select.</summary>
    private static List<object?> Select(string name, object? value, Arguments args, int line)
    {
        if (!Values.Truth(value)) return [];
        var byAttribute = name.EndsWith("attr", StringComparison.Ordinal);
        var keep = name.StartsWith("select", StringComparison.Ordinal);
        var at = byAttribute ? 1 : 0;
        if (args.Positional.Count < at) throw new TemplateException(line, $"{name} needs an attribute");
        return [.. Values.Items(value, line).Where(item =>
        {
            var tested = byAttribute ? Attribute(item, args.Positional[0], line) : item;
            return (args.Positional.Count == at ? Values.Truth(tested)
                : Tests.Holds(Values.Text(args.Positional[at], line), tested, [.. args.Positional.Skip(at + 1)], line)) == keep;
        })];
    }

    private static List<object?> Groups(IReadOnlyList<object?> items, bool bySize, Arguments args, int line)
    {
        var count = (int)Math.Clamp(Values.Whole(args.Get(0, bySize ? "linecount" : "slices"), line), 1, Values.MaxItems);
        var fill = args.Get(1, "fill_with");
        var groups = new List<object?>();
        if (bySize)
        {
            foreach (var chunk in items.Chunk(count))
                groups.Add(fill is null ? chunk.ToList() : [.. chunk, .. Enumerable.Repeat(fill, count - chunk.Length)]);
            return groups;
        }
        int each = items.Count / count, more = items.Count % count, from = 0;
        for (var i = 0; i < count; i++)
        {
            var take = each + (i < more ? 1 : 0);
            var group = items.Skip(from).Take(take).ToList();
            if (fill is not null && i >= more && more > 0) group.Add(fill);
            groups.Add(group);
            from += take;
        }
        return groups;
    }
}
