using System.Text;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>Evaluates a parsed template. Work is bounded: output characters, loop passes and macro depth.</summary>
internal sealed class Renderer(Dictionary<string, object?> globals)
{
    private const int MaxOutput = Values.MaxText, MaxPasses = 1_000_000, MaxDepth = 100;
    private List<Dictionary<string, object?>> _scopes = [globals];
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
                _scopes[^1][macro.Name] = Macro(macro.Line, macro.Parameters, macro.Body);
                return Flow.Next;
            case CallStatement call:
                Write(CallWithBody(call), call.Line);
                return Flow.Next;
            case FilterStatement filter:
                Write(Values.Text(Filtered(filter.Filters, InScope(() => { }, () => Capture(filter.Body))), filter.Line), filter.Line);
                return Flow.Next;
            case ScopeStatement scope:
                var values = scope.Variables.Select(v => (v.Name, Value: Evaluate(v.Value))).ToList();
                return InScope(() => values.ForEach(v => _scopes[^1][v.Name] = v.Value), () => Run(scope.Body));
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
                _scopes[^1]["loop"] = new TemplateNamespace
                {
                    ["index"] = index + 1L,
                    ["index0"] = (long)index,
                    ["first"] = index == 0,
                    ["last"] = index == items.Count - 1,
                    ["length"] = (long)items.Count,
                    ["revindex"] = (long)(items.Count - index),
                    ["revindex0"] = (long)(items.Count - index - 1),
                    ["depth"] = 1L,
                    ["depth0"] = 0L,
                    ["cycle"] = (Callable)((args, _) => args[index % args.Count]),
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
        var value = set.Value is { } expression ? Evaluate(expression) : Filtered(set.Filters, Capture(set.Body));
        if (set.Attribute is { } attribute)
        {
            if (Lookup(set.Targets[0]) is not TemplateNamespace target)
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

    private object? Filtered(IReadOnlyList<Filter> filters, object? value) => filters.Aggregate(value,
        (v, f) => Filters.Apply(f.Name, v, new Arguments([.. f.Arguments.Select(Evaluate)], Named(f.Named)), f.Line));

    /// <summary>{% call macro() %}: the body is what the macro's <c>caller()</c> gives.</summary>
    private string CallWithBody(CallStatement call)
    {
        var caller = Macro(call.Line, call.Parameters, call.Body);
        var named = new Dictionary<string, object?>(Named(call.Call.Named), StringComparer.Ordinal) { ["caller"] = caller };
        return Evaluate(call.Call.Target) is Callable macro
            ? Values.Text(macro([.. call.Call.Arguments.Select(Evaluate)], named), call.Line)
            : throw new TemplateException(call.Line, "'call' needs a macro");
    }

    /// <summary>A macro sees the variables of the place it is written in, not those of its callers.</summary>
    private Callable Macro(int line, IReadOnlyList<(string Name, Expression? Default)> parameters, IReadOnlyList<Statement> body)
    {
        List<Dictionary<string, object?>> home = [.. _scopes];
        return (args, named) =>
        {
            if (args.Count > parameters.Count)
                throw new TemplateException(line, $"a macro of {parameters.Count} arguments got {args.Count}");
            if (named.Keys.FirstOrDefault(n => n != "caller" && !parameters.Any(p => p.Name == n)) is { } unknown)
                throw new TemplateException(line, $"a macro has no argument '{unknown}'");
            if (++_depth > MaxDepth) throw new TemplateException(line, $"macros nested deeper than {MaxDepth}");
            var outer = _scopes;
            _scopes = [.. home];
            try
            {
                return InScope(() =>
                {
                    if (named.TryGetValue("caller", out var caller)) _scopes[^1]["caller"] = caller;
                    for (var i = 0; i < parameters.Count; i++)
                    {
                        var (name, otherwise) = parameters[i];
                        _scopes[^1][name] = i < args.Count ? args[i] : named.TryGetValue(name, out var v) ? v
                            : otherwise is null ? new Undefined(name) : Evaluate(otherwise);
                    }
                }, () => Capture(body));
            }
            finally
            {
                _scopes = outer;
                _depth--;
            }
        };
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
        TupleLiteral tuple => new TemplateTuple(tuple.Items.Select(Evaluate)),
        DictLiteral dict => Dict(dict),
        Chain chain => Holds(chain),
        Conditional c => Values.Truth(Evaluate(c.Test)) ? Evaluate(c.Then) : c.Else is null ? new Undefined("else") : Evaluate(c.Else),
        Member m => Methods.Member(Evaluate(m.Target), m.Name, m.Line),
        Index i => Operators.At(Evaluate(i.Target), Evaluate(i.Key), i.Line),
        Slice s => Operators.Slice(Evaluate(s.Target), Bound(s.Start, s.Line), Bound(s.Stop, s.Line), Bound(s.Step, s.Line), s.Line),
        Filter f => Filtered([f], Evaluate(f.Target)),
        Test t => Tests.Holds(t.Name, Evaluate(t.Target), [.. t.Arguments.Select(Evaluate)], t.Line) != t.Negated,
        Call call => Evaluate(call.Target) is Callable function
            ? function([.. call.Arguments.Select(Evaluate)], Named(call.Named))
            : throw new TemplateException(call.Line,
                $"unsupported function or method '{(call.Target as Member)?.Name ?? (call.Target as Variable)?.Name}'"),
        Unary { Operator: "not" } u => !Values.Truth(Evaluate(u.Operand)),
        Unary u => Operators.Apply(u.Operator, 0L, Evaluate(u.Operand), u.Line),
        Binary b => Operate(b),
        _ => throw new TemplateException(expression.Line, $"unsupported expression {expression.GetType().Name}"),
    };

    private Dictionary<string, object?> Named(IReadOnlyDictionary<string, Expression> named) =>
        named.ToDictionary(n => n.Key, n => Evaluate(n.Value), StringComparer.Ordinal);

    private object? Operate(Binary b)
    {
        var left = Evaluate(b.Left);
        return b.Operator switch
        {
            "and" => Values.Truth(left) ? Evaluate(b.Right) : left,
            "or" => Values.Truth(left) ? left : Evaluate(b.Right),
            _ => Operators.Apply(b.Operator, left, Evaluate(b.Right), b.Line),
        };
    }

    private bool Holds(Chain chain)
    {
        var left = Evaluate(chain.First);
        foreach (var (op, expression) in chain.Links)
        {
            var right = Evaluate(expression);
            if (op == "not in" ? Values.Contains(right, left, chain.Line) : !Values.Truth(Operators.Apply(op, left, right, chain.Line)))
                return false;
            left = right;
        }
        return true;
    }

    private Mapping Dict(DictLiteral literal)
    {
        var mapping = new Mapping();
        foreach (var (key, value) in literal.Items)
            mapping[Evaluate(key) switch
            {
                null => Mapping.None,
                List<object?> or Mapping => throw new TemplateException(literal.Line, "a list or mapping cannot be a key"),
                var k => k,
            }] = Evaluate(value);
        return mapping;
    }

    private long? Bound(Expression? expression, int line) => expression is null || Evaluate(expression) is not { } value
        ? null : Values.Whole(value, line);
}
