namespace EdgeAgent.Inference.ChatTemplates;

internal abstract record Expression(int Line);
internal sealed record Literal(int Line, object? Value) : Expression(Line);
internal sealed record Variable(int Line, string Name) : Expression(Line);
internal sealed record ListLiteral(int Line, IReadOnlyList<Expression> Items) : Expression(Line);
internal sealed record TupleLiteral(int Line, IReadOnlyList<Expression> Items) : Expression(Line);
internal sealed record DictLiteral(int Line, IReadOnlyList<(Expression Key, Expression Value)> Items) : Expression(Line);
internal sealed record Unary(int Line, string Operator, Expression Operand) : Expression(Line);
internal sealed record Binary(int Line, string Operator, Expression Left, Expression Right) : Expression(Line);
/// <summary>Comparisons in a chain: a &lt; b &lt; c holds when both do.</summary>
internal sealed record Chain(int Line, Expression First, IReadOnlyList<(string Operator, Expression Right)> Links) : Expression(Line);
internal sealed record Conditional(int Line, Expression Test, Expression Then, Expression? Else) : Expression(Line);
internal sealed record Member(int Line, Expression Target, string Name) : Expression(Line);
internal sealed record Index(int Line, Expression Target, Expression Key) : Expression(Line);
internal sealed record Slice(int Line, Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);
internal sealed record Call(int Line, Expression Target, IReadOnlyList<Expression> Arguments, IReadOnlyDictionary<string, Expression> Named)
    : Expression(Line);
internal sealed record Filter(int Line, Expression Target, string Name, IReadOnlyList<Expression> Arguments,
    IReadOnlyDictionary<string, Expression> Named) : Expression(Line);
internal sealed record Test(int Line, Expression Target, string Name, IReadOnlyList<Expression> Arguments, bool Negated) : Expression(Line);

internal abstract record Statement(int Line);
internal sealed record TextStatement(int Line, string Text) : Statement(Line);
internal sealed record OutputStatement(int Line, Expression Value) : Statement(Line);
internal sealed record IfStatement(int Line, IReadOnlyList<(Expression? Test, IReadOnlyList<Statement> Body)> Branches) : Statement(Line);
internal sealed record ForStatement(int Line, IReadOnlyList<string> Targets, Expression Items, Expression? Condition,
    IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else) : Statement(Line);
internal sealed record SetStatement(int Line, IReadOnlyList<string> Targets, string? Attribute, Expression? Value,
    IReadOnlyList<Filter> Filters, IReadOnlyList<Statement> Body) : Statement(Line);
internal sealed record MacroStatement(int Line, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters,
    IReadOnlyList<Statement> Body) : Statement(Line);
internal sealed record CallStatement(int Line, Call Call, IReadOnlyList<(string Name, Expression? Default)> Parameters,
    IReadOnlyList<Statement> Body) : Statement(Line);
internal sealed record FilterStatement(int Line, IReadOnlyList<Filter> Filters, IReadOnlyList<Statement> Body) : Statement(Line);
internal sealed record ScopeStatement(int Line, IReadOnlyList<(string Name, Expression Value)> Variables, IReadOnlyList<Statement> Body)
    : Statement(Line);
internal sealed record LoopControl(int Line, bool Break) : Statement(Line);
