namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>
/// Recursive descent over the tokens: statements here, expressions in the other part. An unknown construct is an error that names
/// it and its line.
/// </summary>
internal sealed partial class Parser(List<Token> tokens)
{
    private const int MaxDepth = 200;
    private int _at;
    private int _depth;

    public static IReadOnlyList<Statement> Parse(string template)
    {
        var parser = new Parser(Lexer.Tokenize(template));
        var body = parser.Body();
        if (parser.Current.Kind != TokenKind.End) throw parser.Error($"unexpected '{parser.PeekWord()}'");
        return body;
    }

    private Token Current => tokens[_at];

    private TemplateException Error(string message) => new(Current.Line, message);

    private string PeekWord() => Current.Kind == TokenKind.BlockStart ? tokens[_at + 1].Text : Current.Text;

    private bool Take(TokenKind kind, string text)
    {
        if (Current.Kind != kind || Current.Text != text) return false;
        _at++;
        return true;
    }

    private bool TakeWord(string word) => Take(TokenKind.Name, word);

    private bool TakeOperator(string op) => Take(TokenKind.Operator, op);

    private void Expect(string op)
    {
        if (!TakeOperator(op)) throw Error($"expected '{op}', found '{Current.Text}'");
    }

    private string ExpectName()
    {
        if (Current.Kind != TokenKind.Name) throw Error($"expected a name, found '{Current.Text}'");
        return tokens[_at++].Text;
    }

    private void EndBlock()
    {
        if (Current.Kind != TokenKind.BlockEnd) throw Error($"expected '%}}', found '{Current.Text}'");
        _at++;
    }

    /// <summary>Statements up to the end, or to a block whose first word closes or continues an outer statement.</summary>
    private List<Statement> Body()
    {
        var body = new List<Statement>();
        while (true)
        {
            switch (Current.Kind)
            {
                case TokenKind.Text:
                    body.Add(new TextStatement(Current.Line, Current.Text));
                    _at++;
                    break;
                case TokenKind.ExpressionStart:
                    var line = tokens[_at++].Line;
                    body.Add(new OutputStatement(line, Expression()));
                    if (Current.Kind != TokenKind.ExpressionEnd) throw Error($"expected '}}}}', found '{Current.Text}'");
                    _at++;
                    break;
                case TokenKind.BlockStart
                    when PeekWord() is "endif" or "else" or "elif" or "endfor" or "endset" or "endmacro" or "endgeneration" or "endcall"
                        or "endfilter" or "endwith":
                case TokenKind.End:
                    return body;
                case TokenKind.BlockStart:
                    _at++;
                    body.Add(Block());
                    break;
                default:
                    throw Error($"unexpected '{Current.Text}'");
            }
        }
    }

    private Statement Block()
    {
        if (++_depth > MaxDepth) throw Error($"blocks nested deeper than {MaxDepth}");
        var line = Current.Line;
        var word = ExpectName();
        Statement result = word switch
        {
            "if" => If(line),
            "for" => For(line),
            "set" => Set(line),
            "macro" => Macro(line),
            "call" => CallBlock(line),
            "filter" => FilterBlock(line),
            "with" => With(line),
            "generation" => Scope(line, [], word),
            "break" or "continue" => Control(line, word),
            _ => throw new TemplateException(line, $"unsupported statement '{word}'"),
        };
        _depth--;
        return result;
    }

    private LoopControl Control(int line, string word)
    {
        EndBlock();
        return new LoopControl(line, word == "break");
    }

    /// <summary>A body with variables of its own; {% generation %} only marks what the student says.</summary>
    private ScopeStatement Scope(int line, List<(string, Expression)> variables, string word)
    {
        EndBlock();
        var body = Body();
        Close("end" + word);
        return new ScopeStatement(line, variables, body);
    }

    private ScopeStatement With(int line)
    {
        var variables = new List<(string, Expression)>();
        while (Current.Kind == TokenKind.Name)
        {
            var name = ExpectName();
            Expect("=");
            variables.Add((name, Expression()));
            if (!TakeOperator(",")) break;
        }
        return Scope(line, variables, "with");
    }

    private FilterStatement FilterBlock(int line)
    {
        var filters = new List<Filter> { FilterCall(line, new Literal(line, null)) };
        while (TakeOperator("|")) filters.Add(FilterCall(line, new Literal(line, null)));
        EndBlock();
        var body = Body();
        Close("endfilter");
        return new FilterStatement(line, filters, body);
    }

    private CallStatement CallBlock(int line)
    {
        var parameters = TakeOperator("(") ? Parameters() : [];
        if (Postfix(Primary()) is not Call call) throw Error("'call' needs a macro's call");
        EndBlock();
        var body = Body();
        Close("endcall");
        return new CallStatement(line, call, parameters, body);
    }

    private void Close(string word)
    {
        if (Current.Kind != TokenKind.BlockStart || PeekWord() != word) throw Error($"expected '{{% {word} %}}', found '{PeekWord()}'");
        _at += 2;
        EndBlock();
    }

    private IfStatement If(int line)
    {
        var branches = new List<(Expression?, IReadOnlyList<Statement>)>();
        var test = (Expression?)Expression();
        while (true)
        {
            EndBlock();
            branches.Add((test, Body()));
            if (Current.Kind != TokenKind.BlockStart) throw new TemplateException(line, "'if' without 'endif'");
            _at++;
            if (TakeWord("elif")) test = Expression();
            else if (TakeWord("else")) test = null;
            else if (TakeWord("endif"))
            {
                EndBlock();
                return new IfStatement(line, branches);
            }
            else throw Error($"expected 'elif', 'else' or 'endif', found '{Current.Text}'");
        }
    }

    private ForStatement For(int line)
    {
        var targets = Names();
        if (!TakeWord("in")) throw Error($"expected 'in', found '{Current.Text}'");
        var items = Tuple(Or);
        var condition = TakeWord("if") ? Expression() : null;
        EndBlock();
        var body = Body();
        List<Statement> otherwise = [];
        if (Current.Kind == TokenKind.BlockStart && PeekWord() == "else")
        {
            _at += 2;
            EndBlock();
            otherwise = Body();
        }
        Close("endfor");
        return new ForStatement(line, targets, items, condition, body, otherwise);
    }

    private List<string> Names()
    {
        var isOpen = TakeOperator("(");
        var names = new List<string> { ExpectName() };
        while (TakeOperator(",")) names.Add(ExpectName());
        if (isOpen) Expect(")");
        return names;
    }

    private SetStatement Set(int line)
    {
        var targets = Names();
        var attribute = TakeOperator(".") ? ExpectName() : null;
        if (TakeOperator("="))
        {
            var value = Tuple(Expression);
            EndBlock();
            return new SetStatement(line, targets, attribute, value, [], []);
        }
        var filters = new List<Filter>();
        while (TakeOperator("|")) filters.Add(FilterCall(line, new Literal(line, null)));
        EndBlock();
        var body = Body();
        Close("endset");
        return new SetStatement(line, targets, attribute, null, filters, body);
    }

    private MacroStatement Macro(int line)
    {
        var name = ExpectName();
        Expect("(");
        var parameters = Parameters();
        EndBlock();
        var body = Body();
        Close("endmacro");
        return new MacroStatement(line, name, parameters, body);
    }

    private List<(string, Expression?)> Parameters()
    {
        var parameters = new List<(string, Expression?)>();
        while (!TakeOperator(")"))
        {
            var parameter = ExpectName();
            parameters.Add((parameter, TakeOperator("=") ? Expression() : null));
            if (!TakeOperator(",") && Current.Text != ")") throw Error($"expected ',' or ')', found '{Current.Text}'");
        }
        return parameters;
    }
}
