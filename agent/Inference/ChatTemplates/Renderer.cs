using System.Text;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>Evaluates a parsed template. Work is bounded: output characters, loop passes and macro depth.</summary>
internal sealed class Renderer(Dictionary<string, object?> globals)
{
    private const int MaxOutput = Values.MaxText, MaxPasses = 1_000_000, MaxDepth = 100;
    private readonly List<Dictionary<string, object?>> _scopes = [globals];
    private StringBuilder _output = new();
    private int _passes;
    private int _depth;

    private enum Flow { Next, Break, Continue }

    public string Render(IReadOnlyList<Statement> template)
    {
        Run(template);
        return _output.ToString();
    }

    private Flow Run(IReadOnlyList<Statement> body)
    {
        foreach (var statement in body)
        {
            var flow = Run(statement);
            if (flow != Flow.Next) return flow;
        }
        return Flow.Next;
    }

    private Flow Run(Statement statement)
    {
        switch (statement)
        {
            case TextStatement text:
                Write(text.Text, text.Line);
                return Flow.Next;
            case OutputStatement output:
                Write(Values.Text(Evaluate(output.Value), output.Line), output.Line);
                return Flow.Next;
            case IfStatement branch:
                foreach (var (test, body) in branch.Branches)
                    if (test is null || Values.Truth(Evaluate(test))) return Run(body);
                return Flow.Next;
            case ForStatement loop:
                Loop(loop);
                return Flow.Next;
            case SetStatement set:
                Assign(set);
                return Flow.Next;
            case MacroStatement macro:
                _scopes[^1][macro.Name] = (Callable)((args, named) => CallMacro(macro, args, named));
                return Flow.Next;
            case LoopControl control:
                return control.Break ? Flow.Break : Flow.Continue;
            default:
                throw new TemplateException(statement.Line, $"unsupported statement {statement.GetType().Name}");
        }
    }

    private void Write(string text, int line)
    {
        if (_output.Length + text.Length > MaxOutput) throw new TemplateException(line, $"output longer than {MaxOutput} characters");
        _output.Append(text);
    }

    private void Loop(ForStatement loop)
    {
        var items = Values.Items(Evaluate(loop.Items), loop.Line);
        if (loop.Condition is { } condition)
            items = [.. items.Where(item => InScope(() => Bind(loop, item), () => Values.Truth(Evaluate(condition))))];
        if (items.Count == 0)
        {
            Run(loop.Else);
            return;
        }
        for (var i = 0; i < items.Count; i++)
        {
            if (++_passes > MaxPasses) throw new TemplateException(loop.Line, $"more than {MaxPasses} loop passes");
            var index = i;
            var flow = InScope(() =>
            {
                Bind(loop, items[index]);
                _scopes[^1]["loop"] = new Dictionary<string, object?>
                {
                    ["index"] = index + 1L,
                    ["index0"] = (long)index,
                    ["first"] = index == 0,
                    ["last"] = index == items.Count - 1,
                    ["length"] = (long)items.Count,
                    ["revindex"] = (long)(items.Count - index),
                    ["previtem"] = index > 0 ? items[index - 1] : new Undefined("previtem"),
                    ["nextitem"] = index + 1 < items.Count ? items[index + 1] : new Undefined("nextitem"),
                };
            }, () => Run(loop.Body));
            if (flow == Flow.Break) return;
        }
    }

    private void Bind(ForStatement loop, object? item)
    {
        if (loop.Targets.Count == 1)
        {
            _scopes[^1][loop.Targets[0]] = item;
            return;
        }
        var parts = Values.Items(item, loop.Line);
        if (parts.Count != loop.Targets.Count)
            throw new TemplateException(loop.Line, $"{loop.Targets.Count} loop variables for {parts.Count} values");
        for (var i = 0; i < parts.Count; i++) _scopes[^1][loop.Targets[i]] = parts[i];
    }

    private T InScope<T>(Action enter, Func<T> body)
    {
        _scopes.Add(new Dictionary<string, object?>(StringComparer.Ordinal));
        try
        {
            enter();
            return body();
        }
        finally
        {
            _scopes.RemoveAt(_scopes.Count - 1);
        }
    }

    private void Assign(SetStatement set)
    {
        var value = set.Value is { } expression ? Evaluate(expression) : Capture(set.Body);
        if (set.Attribute is { } attribute)
        {
            if (Lookup(set.Targets[0]) is not Dictionary<string, object?> target)
                throw new TemplateException(set.Line, $"'{set.Targets[0]}' is no namespace");
            target[attribute] = value;
        }
        else if (set.Targets.Count == 1)
        {
            _scopes[^1][set.Targets[0]] = value;
        }
        else
        {
            var parts = Values.Items(value, set.Line);
            if (parts.Count != set.Targets.Count)
                throw new TemplateException(set.Line, $"{set.Targets.Count} names for {parts.Count} values");
            for (var i = 0; i < parts.Count; i++) _scopes[^1][set.Targets[i]] = parts[i];
        }
    }

    private string Capture(IReadOnlyList<Statement> body)
    {
        var outer = _output;
        _output = new StringBuilder();
        try
        {
            Run(body);
            return _output.ToString();
        }
        finally
        {
            _output = outer;
        }
    }

    private string CallMacro(MacroStatement macro, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named)
    {
        if (++_depth > MaxDepth) throw new TemplateException(macro.Line, $"macros nested deeper than {MaxDepth}");
        try
        {
            return InScope(() =>
            {
                for (var i = 0; i < macro.Parameters.Count; i++)
                {
                    var (name, otherwise) = macro.Parameters[i];
                    _scopes[^1][name] = i < args.Count
                        ? args[i] : named.TryGetValue(name, out var v) ? v : otherwise is null ? new Undefined(name) : Evaluate(otherwise);
                }
            }, () => Capture(macro.Body));
        }
        finally
        {
            _depth--;
        }
    }

    private object? Lookup(string name)
    {
        for (var i = _scopes.Count - 1; i >= 0; i--)
            if (_scopes[i].TryGetValue(name, out var value)) return value;
        return new Undefined(name);
    }

    private object? Evaluate(Expression expression) => expression switch
    {
        Literal literal => literal.Value,
        Variable variable => Lookup(variable.Name),
        ListLiteral list => list.Items.Select(Evaluate).ToList(),
        DictLiteral dict =>
            dict.Items.ToDictionary(i => Values.Text(Evaluate(i.Key), dict.Line), i => Evaluate(i.Value), StringComparer.Ordinal),
        Conditional c => Values.Truth(Evaluate(c.Test)) ? Evaluate(c.Then) : c.Else is null ? new Undefined("else") : Evaluate(c.Else),
        Member m => Builtins.Member(Evaluate(m.Target), m.Name, m.Line),
        Index i => At(Evaluate(i.Target), Evaluate(i.Key), i.Line),
        Slice s => Cut(s),
        Filter f => Builtins.Filter(f.Name, Evaluate(f.Target), [.. f.Arguments.Select(Evaluate)], Named(f.Named), f.Line),
        Test t => Builtins.Test(t.Name, Evaluate(t.Target), [.. t.Arguments.Select(Evaluate)], t.Line) != t.Negated,
        Call call => Evaluate(call.Target) is Callable function
            ? function([.. call.Arguments.Select(Evaluate)], Named(call.Named))
            : throw new TemplateException(call.Line,
                $"unsupported function or method '{(call.Target as Member)?.Name ?? (call.Target as Variable)?.Name}'"),
        Unary { Operator: "not" } u => !Values.Truth(Evaluate(u.Operand)),
        Unary u => Evaluate(u.Operand) switch { long n => (object)-n, var v => -Values.Number(v, u.Line) },
        Binary b => Operate(b),
        _ => throw new TemplateException(expression.Line, $"unsupported expression {expression.GetType().Name}"),
    };

    private Dictionary<string, object?> Named(IReadOnlyDictionary<string, Expression> named) =>
        named.ToDictionary(n => n.Key, n => Evaluate(n.Value), StringComparer.Ordinal);

    private object? Operate(Binary b)
    {
        var left = Evaluate(b.Left);
        if (b.Operator == "and") return Values.Truth(left) ? Evaluate(b.Right) : left;
        if (b.Operator == "or") return Values.Truth(left) ? left : Evaluate(b.Right);
        var right = Evaluate(b.Right);
        return b.Operator switch
        {
            "==" => Values.Equals(left, right),
            "!=" => !Values.Equals(left, right),
            "<" => Values.Compare(left, right, b.Line) < 0,
            ">" => Values.Compare(left, right, b.Line) > 0,
            "<=" => Values.Compare(left, right, b.Line) <= 0,
            ">=" => Values.Compare(left, right, b.Line) >= 0,
            "in" => Builtins.Contains(right, left, b.Line),
            "~" => Values.Join(Values.Text(left, b.Line), Values.Text(right, b.Line), b.Line),
            "+" when left is string l && right is string r => Values.Join(l, r, b.Line),
            "+" when left is List<object?> l && right is List<object?> r =>
                l.Count + r.Count <= Values.MaxItems
                    ? (List<object?>)[.. l, .. r] : throw new TemplateException(b.Line, $"a list of more than {Values.MaxItems} items"),
            "+" when left is string || right is string =>
                throw new TemplateException(b.Line, $"cannot add {Values.Kind(left)} and {Values.Kind(right)}"),
            "*" when left is string s && right is long n =>
                n <= 0
                    ? ""
                    : s.Length == 0 || n <= Values.MaxText / s.Length
                    ? string.Concat(Enumerable.Repeat(s, s.Length == 0 ? 0 : (int)n)) : throw Values.TooLong(b.Line),
            "+" or "-" or "*" or "//" or "%" when left is long l && right is long r => Whole(b.Operator, l, r, b.Line),
            _ => Fraction(b.Operator, Values.Number(left, b.Line), Values.Number(right, b.Line), b.Line),
        };
    }

    private static long Whole(string op, long l, long r, int line)
    {
        if (r == 0 && op is "//" or "%" && r == 0) throw new TemplateException(line, "division by zero");
        return op switch
        {
            "+" => l + r,
            "-" => l - r,
            "*" => l * r,
            "//" => (long)Math.Floor((double)l / r),
            _ => ((l % r) + r) % r,
        };
    }

    private static double Fraction(string op, double l, double r, int line) => op switch
    {
        "+" => l + r,
        "-" => l - r,
        "*" => l * r,
        "/" when r != 0 => l / r,
        "//" when r != 0 => Math.Floor(l / r),
        "%" when r != 0 => l - r * Math.Floor(l / r),
        _ => throw new TemplateException(line, "division by zero"),
    };

    private static object? At(object? target, object? key, int line)
    {
        switch (target, key)
        {
            case (Dictionary<string, object?> d, string name):
                return d.TryGetValue(name, out var value) ? value : new Undefined(name);
            case (List<object?> list, long i):
                if (i < 0) i += list.Count;
                return i >= 0 && i < list.Count ? list[(int)i] : new Undefined($"[{key}]");
            case (string s, long i):
                var items = Values.Items(s, line);
                if (i < 0) i += items.Count;
                return i >= 0 && i < items.Count ? items[(int)i] : new Undefined($"[{key}]");
            case (Undefined u, _):
                throw new TemplateException(line, $"'{u.Name}' is undefined");
            default:
                throw new TemplateException(line, $"cannot index {Values.Kind(target)} with {Values.Kind(key)}");
        }
    }

    private object? Cut(Slice slice)
    {
        var target = Evaluate(slice.Target);
        var items = Values.Items(target, slice.Line);
        long Bound(Expression? e, long otherwise) =>
            e is null ? otherwise : Evaluate(e) switch
            {
                long n => n,
                null => otherwise,
                var v => throw new TemplateException(slice.Line, $"slice bounds are whole numbers, found {Values.Kind(v)}")
            };
        var step = Bound(slice.Step, 1);
        if (step == 0) throw new TemplateException(slice.Line, "a slice step of 0");
        var count = items.Count;
        long Clamp(long i) => Math.Clamp(i < 0 ? i + count : i, step > 0 ? 0 : -1, step > 0 ? count : count - 1);
        var start = slice.Start is null ? (step > 0 ? 0 : count - 1) : Clamp(Bound(slice.Start, 0));
        var stop = slice.Stop is null ? (step > 0 ? count : -1) : Clamp(Bound(slice.Stop, 0));
        var result = new List<object?>();
        for (var i = start; step > 0 ? i < stop : i > stop; i += step) result.Add(items[(int)i]);
        return target is string ? string.Concat(result) : result;
    }
}
