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
        var left = Sum();
        while (true)
        {
            var line = Current.Line;
            if (Current.Kind == TokenKind.Operator && Current.Text is "==" or "!=" or "<" or ">" or "<=" or ">=")
                left = new Binary(line, tokens[_at++].Text, left, Sum());
            else if (TakeWord("in"))
                left = new Binary(line, "in", left, Sum());
            else if (Current is { Kind: TokenKind.Name, Text: "not" } && tokens[_at + 1] is { Kind: TokenKind.Name, Text: "in" })
            {
                _at += 2;
                left = new Unary(line, "not", new Binary(line, "in", left, Sum()));
            }
            else return left;
        }
    }

    private Expression Sum()
    {
        var left = Product();
        while (Current.Kind == TokenKind.Operator && Current.Text is "+" or "-" or "~" && Current.Kind == TokenKind.Operator)
        {
            var op = tokens[_at++];
            left = new Binary(op.Line, op.Text, left, Product());
        }
        return left;
    }

    private Expression Product()
    {
        var left = UnaryMinus();
        while (Current.Kind == TokenKind.Operator && Current.Text is "*" or "/" or "//" or "%" && Current.Kind == TokenKind.Operator)
        {
            var op = tokens[_at++];
            left = new Binary(op.Line, op.Text, left, UnaryMinus());
        }
        return left;
    }

    private Expression UnaryMinus()
    {
        var line = Current.Line;
        if (TakeOperator("-")) return new Unary(line, "-", UnaryMinus());
        if (TakeOperator("+")) return UnaryMinus();
        return FiltersAndTests(Postfix(Primary()));
    }

    private Expression FiltersAndTests(Expression value)
    {
        while (true)
        {
            var line = Current.Line;
            if (TakeOperator("|"))
            {
                var name = ExpectName();
                var (arguments, named) = TakeOperator("(") ? Arguments() : ([], new Dictionary<string, Expression>());
                value = new Filter(line, value, name, arguments, named);
            }
            else if (TakeWord("is"))
            {
                var negated = TakeWord("not");
                var name = ExpectName();
                List<Expression> arguments = [];
                if (TakeOperator("(")) arguments = Arguments().Positional;
                else if (Current.Kind is TokenKind.String or TokenKind.Integer) arguments = [Primary()];
                value = new Test(line, value, name, arguments, negated);
            }
            else return value;
        }
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            var line = Current.Line;
            if (TakeOperator(".")) value = new Member(line, value, ExpectName());
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
        var first = Expression();
        if (TakeOperator(")")) return first;
        Expect(",");
        return new ListLiteral(line, [first, .. Items(")")]);
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
