namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>Jinja's tests. An unknown one is an error that names it.</summary>
internal static class Tests
{
    public static bool Holds(string name, object? value, IReadOnlyList<object?> args, int line) => name switch
    {
        "defined" => value is not Undefined,
        "undefined" => value is Undefined,
        "none" => value is null,
        "string" => value is string,
        "boolean" => value is bool,
        "number" => value is long or double or bool,
        "integer" => value is long,
        "float" => value is double,
        "mapping" => value is Mapping and not TemplateNamespace,
        "sequence" or "iterable" => value is List<object?> or string or Undefined or Mapping and not TemplateNamespace,
        "callable" => value is Callable,
        "true" => value is true,
        "false" => value is false,
        "odd" => Math.Abs(Values.Whole(value, line)) % 2 == 1,
        "even" => Values.Whole(value, line) % 2 == 0,
        "divisibleby" => Values.Whole(One(name, args, line), line) is var by && by != 0 ? Values.Whole(value, line) % by == 0
            : throw new TemplateException(line, "division by zero"),
        "lower" => value is string s && s.Any(char.IsLower) && !s.Any(char.IsUpper),
        "upper" => value is string s && s.Any(char.IsUpper) && !s.Any(char.IsLower),
        "equalto" or "eq" or "==" => Values.Equals(value, One(name, args, line)),
        "ne" or "!=" => !Values.Equals(value, One(name, args, line)),
        "lt" or "lessthan" or "<" => Values.Compare(value, One(name, args, line), line) < 0,
        "le" or "<=" => Values.Compare(value, One(name, args, line), line) <= 0,
        "gt" or "greaterthan" or ">" => Values.Compare(value, One(name, args, line), line) > 0,
        "ge" or ">=" => Values.Compare(value, One(name, args, line), line) >= 0,
        "sameas" => Same(value, One(name, args, line)),
        "in" => Values.Contains(One(name, args, line), value, line),
        "escaped" => false,
        _ => throw new TemplateException(line, $"unsupported test '{name}'"),
    };

    private static object? One(string name, IReadOnlyList<object?> args, int line) =>
        args.Count == 1 ? args[0] : throw new TemplateException(line, $"the test '{name}' needs one argument, found {args.Count}");

    private static bool Same(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (bool a, bool b) => a == b,
        (long a, long b) => a == b,
        (string a, string b) => a == b,
        _ => ReferenceEquals(left, right),
    };
}
