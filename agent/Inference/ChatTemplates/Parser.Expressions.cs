using System.Globalization;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>
/// Expressions, by falling precedence: conditional, or, and, not, comparison, sum, product, sign, filters and tests, postfix, primary.
/// </summary>
internal sealed partial class Parser
{
    private Expression Expression()
    {
        if (++_depth > MaxDepth) throw Error($"expressions nested deeper than {MaxDepth}");
        var value = Or();
        while (TakeWord("if"))
        {
            var test = Or();
            value = new Conditional(value.Line, test, value, TakeWord("else") ? Expression() : null);
        }
        _depth--;
        return value;
    }

    private Expression Or()
    {
        var left = And();
        while (TakeWord("or")) left = new Binary(left.Line, "or", left, And());
        return left;
    }

    private Expression And()
    {
        var left = Not();
        while (TakeWord("and")) left = new Binary(left.Line, "and", left, Not());
        return left;
    }

    private Expression Not()
    {
        var line = Current.Line;
        return TakeWord("not") ? new Unary(line, "not", Not()) : Comparison();
    }

    private Expression Comparison()
    {
        var first = Sum();
        var links = new List<(string, Expression)>();
        var line = Current.Line;
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Current.Text is "==" or "!=" or "<" or ">" or "<=" or ">=")
                links.Add((tokens[_at++].Text, Sum()));
            else if (TakeWord("in")) links.Add(("in", Sum()));
            else if (Current is { Kind: TokenKind.Name, Text: "not" } && tokens[_at + 1] is { Kind: TokenKind.Name, Text: "in" })
            {
                _at += 2;
                links.Add(("not in", Sum()));
            }
            else break;
        }
        return links.Count == 0 ? first : new Chain(line, first, links);
    }

    private Expression Sum() => LeftToRight(Concatenation, "+", "-");

    private Expression Concatenation() => LeftToRight(Product, "~");

    private Expression Product() => LeftToRight(Power, "*", "/", "//", "%");

    private Expression Power() => LeftToRight(() => Sign(withFilters: true), "**");

    private Expression LeftToRight(Func<Expression> operand, params ReadOnlySpan<string> operators)
    {
        var left = operand();
        while (Current.Kind == TokenKind.Operator && operators.Contains(Current.Text))
        {
            var op = tokens[_at++];
            left = new Binary(op.Line, op.Text, left, operand());
        }
        return left;
    }

    /// <summary>A sign binds closer than a filter behind it.</summary>
    private Expression Sign(bool withFilters)
    {
        if (++_depth > MaxDepth) throw Error($"expressions nested deeper than {MaxDepth}");
        var line = Current.Line;
        var value = TakeOperator("-") ? new Unary(line, "-", Sign(withFilters: false))
            : TakeOperator("+") ? new Unary(line, "+", Sign(withFilters: false)) : Postfix(Primary());
        _depth--;
        return withFilters ? FiltersAndTests(value) : value;
    }

    private Expression FiltersAndTests(Expression value)
    {
        while (true)
        {
            var line = Current.Line;
            if (TakeOperator("|")) value = FilterCall(line, value);
            else if (TakeWord("is"))
            {
                var negated = TakeWord("not");
                var name = ExpectName();
                List<Expression> arguments = [];
                if (TakeOperator("(")) arguments = Arguments().Positional;
                else if (IsOperand()) arguments = [Postfix(Primary())];
                value = new Test(line, value, name, arguments, negated);
            }
            else if (TakeOperator("("))
            {
                var (positional, named) = Arguments();
                value = new Call(line, value, positional, named);
            }
            else return value;
        }
    }

    /// <summary>Whether a test's argument follows without parentheses.</summary>
    private bool IsOperand() => Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float
        || Current is { Kind: TokenKind.Operator, Text: "[" or "{" }
        || Current.Kind == TokenKind.Name && Current.Text is not ("and" or "or" or "else" or "if" or "is" or "in" or "not");

    private Filter FilterCall(int line, Expression value)
    {
        var name = ExpectName();
        var (arguments, named) = TakeOperator("(") ? Arguments() : ([], new Dictionary<string, Expression>());
        return new Filter(line, value, name, arguments, named);
    }

    /// <summary>One expression, or several between commas: a tuple.</summary>
    private Expression Tuple(Func<Expression> part)
    {
        var first = part();
        if (!TakeOperator(",")) return first;
        var items = new List<Expression> { first };
        while (Current.Kind is not TokenKind.BlockEnd && Current is not { Kind: TokenKind.Name, Text: "if" })
        {
            items.Add(part());
            if (!TakeOperator(",")) break;
        }
        return new TupleLiteral(first.Line, items);
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            var line = Current.Line;
            if (TakeOperator("."))
                value = Current.Kind == TokenKind.Integer ? new Index(line, value, Primary()) : new Member(line, value, ExpectName());
            else if (TakeOperator("[")) value = Subscript(line, value);
            else if (TakeOperator("("))
            {
                var (positional, named) = Arguments();
                value = new Call(line, value, positional, named);
            }
            else return value;
        }
    }

    private Expression Subscript(int line, Expression value)
    {
        Expression? start = Current.Text == ":" ? null : Expression();
        if (TakeOperator("]")) return new Index(line, value, start!);
        Expect(":");
        Expression? stop = Current.Text is ":" or "]" ? null : Expression();
        Expression? step = TakeOperator(":") && Current.Text != "]" ? Expression() : null;
        Expect("]");
        return new Slice(line, value, start, stop, step);
    }

    private (List<Expression> Positional, Dictionary<string, Expression> Named) Arguments()
    {
        var positional = new List<Expression>();
        var named = new Dictionary<string, Expression>(StringComparer.Ordinal);
        while (!TakeOperator(")"))
        {
            if (Current.Kind == TokenKind.Name && tokens[_at + 1] is { Kind: TokenKind.Operator, Text: "=" })
            {
                var name = ExpectName();
                _at++;
                named[name] = Expression();
            }
            else positional.Add(Expression());
            if (!TakeOperator(",") && Current.Text != ")") throw Error($"expected ',' or ')', found '{Current.Text}'");
        }
        return (positional, named);
    }

    private Expression Primary()
    {
        var token = tokens[_at++];
        switch (token.Kind)
        {
            case TokenKind.String:
                var text = token.Text;
                while (Current.Kind == TokenKind.String) text += tokens[_at++].Text;
                return new Literal(token.Line, text);
            case TokenKind.Integer:
                return long.TryParse(token.Text, CultureInfo.InvariantCulture, out var whole)
                    ? new Literal(token.Line, whole) : throw new TemplateException(token.Line, $"number '{token.Text}' too large");
            case TokenKind.Float:
                return new Literal(token.Line, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Literal(token.Line, true),
                    "false" or "False" => new Literal(token.Line, false),
                    "none" or "None" => new Literal(token.Line, null),
                    _ => new Variable(token.Line, token.Text),
                };
            case TokenKind.Operator when token.Text == "(":
                return Parenthesized(token.Line);
            case TokenKind.Operator when token.Text == "[":
                return new ListLiteral(token.Line, Items("]"));
            case TokenKind.Operator when token.Text == "{":
                return Dictionary(token.Line);
            default:
                _at--;
                throw Error($"expected an expression, found '{token.Text}'");
        }
    }

    private Expression Parenthesized(int line)
    {
        if (TakeOperator(")")) return new TupleLiteral(line, []);
        var first = Expression();
        if (TakeOperator(")")) return first;
        Expect(",");
        return new TupleLiteral(line, [first, .. Items(")")]);
    }

    private List<Expression> Items(string close)
    {
        var items = new List<Expression>();
        while (!TakeOperator(close))
        {
            items.Add(Expression());
            if (!TakeOperator(",") && Current.Text != close) throw Error($"expected ',' or '{close}', found '{Current.Text}'");
        }
        return items;
    }

    private DictLiteral Dictionary(int line)
    {
        var items = new List<(Expression, Expression)>();
        while (!TakeOperator("}"))
        {
            var key = Expression();
            Expect(":");
            items.Add((key, Expression()));
            if (!TakeOperator(",") && Current.Text != "}") throw Error($"expected ',' or '}}', found '{Current.Text}'");
        }
        return new DictLiteral(line, items);
    }
}
