using System.Globalization;
using System.Text;

namespace EdgeAgent.Inference.Structured.Expressions;

/// <summary>
/// Reads regular expressions as ECMA-262 writes them, as far as they describe a regular language: literals, classes, groups,
/// alternatives, quantifiers, anchors at the ends of the whole, \d \w \s \p{..}. Look-around, back references, word borders and flags
/// are refused. Lazy quantifiers describe the same texts as greedy ones.
/// </summary>
internal sealed class RegexParser
{
    /// <summary>Characters of a pattern, repetitions of a quantifier, and depth of groups.</summary>
    public const int MaxLength = 4096, MaxRepeat = 10_000, MaxDepth = 64;

    private readonly string _pattern;
    private readonly string _place;
    private readonly ExpressionFactory _factory;
    private readonly Func<CodePoints, Expression> _character;
    private readonly Expression _anything;
    private int _at, _depth;

    private RegexParser(string pattern, string place, ExpressionFactory factory, Func<CodePoints, Expression> character)
    {
        (_pattern, _place, _factory, _character) = (pattern, place, factory, character);
        _anything = factory.Repeat(character(CodePoints.Everything), 0, Expression.Unlimited);
    }

    /// <param name="character">One character of a set as the text spells it.</param>
    /// <param name="isWhole">Whether the pattern describes the whole text (guided_regex) or a part of it (JSON Schema's pattern).</param>
    /// <param name="place">Where the pattern stands, for errors.</param>
    /// <exception cref="GrammarException">The pattern is wrong or describes no regular language.</exception>
    public static Expression Parse(string pattern, bool isWhole, ExpressionFactory factory, Func<CodePoints, Expression> character,
        string place)
    {
        if (pattern.Length > MaxLength)
            throw new GrammarException(place, $"a pattern may have {MaxLength} characters, found {pattern.Length}");
        var parser = new RegexParser(pattern, place, factory, character);
        var result = parser.Whole(isWhole);
        return parser._at == pattern.Length ? result : throw parser.Wrong("a group is closed that was not opened");
    }

    private GrammarException Wrong(string problem) => new(_place, $"{problem}, at character {_at + 1} of the pattern");

    private bool Has(char c) => _at < _pattern.Length && _pattern[_at] == c;

    private bool Take(char c)
    {
        if (!Has(c)) return false;
        _at++;
        return true;
    }

    /// <summary>The alternatives of the whole, each with its own anchors.</summary>
    private Expression Whole(bool isWhole)
    {
        var alternatives = new List<Expression>();
        do
        {
            var before = Take('^') || isWhole ? _factory.Empty : _anything;
            var body = Terms();
            var after = Take('$') || isWhole ? _factory.Empty : _anything;
            if (_at < _pattern.Length && !Has('|') && !Has(')')) throw Wrong("'$' is supported at the end of the whole only");
            alternatives.Add(_factory.Sequence(before, body, after));
        }
        while (Take('|'));
        return _factory.Any([.. alternatives]);
    }

    private Expression Alternatives()
    {
        var alternatives = new List<Expression>();
        do alternatives.Add(Terms());
        while (Take('|'));
        return _factory.Any([.. alternatives]);
    }

    private Expression Terms()
    {
        var terms = new List<Expression>();
        while (_at < _pattern.Length && !Has('|') && !Has(')') && !Has('$')) terms.Add(Quantified(Atom()));
        return _factory.Sequence([.. terms]);
    }

    private Expression Quantified(Expression atom)
    {
        while (_at < _pattern.Length)
        {
            var (min, max) = (0, Expression.Unlimited);
            if (Take('*')) (min, max) = (0, Expression.Unlimited);
            else if (Take('+')) (min, max) = (1, Expression.Unlimited);
            else if (Take('?')) (min, max) = (0, 1);
            else if (Has('{')) (min, max) = Counts();
            else return atom;
            atom = _factory.Repeat(atom, min, max);
            Take('?'); // lazy: the same texts
            if (Has('+')) throw Wrong("possessive quantifiers are not supported");
        }
        return atom;
    }

    private (int Min, int Max) Counts()
    {
        _at++;
        var min = Count();
        var max = !Take(',') ? min : Has('}') ? Expression.Unlimited : Count();
        if (!Take('}')) throw Wrong("'{' must begin a quantifier such as {2}, {2,} or {2,5}; write \\{ for the character");
        return min <= max ? (min, max) : throw Wrong($"a quantifier counts from {min} to {max}");
    }

    private int Count()
    {
        var start = _at;
        while (_at < _pattern.Length && char.IsAsciiDigit(_pattern[_at])) _at++;
        return int.TryParse(_pattern.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count <= MaxRepeat ? count : throw Wrong($"a quantifier must count to 0..{MaxRepeat}");
    }

    private Expression Atom()
    {
        switch (_pattern[_at])
        {
            case '(': return Group();
            case '[': return _character(Class());
            case '.':
                _at++;
                return _character(CodePoints.LineEnds.Complement());
            case '\\': return _character(Escape(inClass: false));
            case '^': throw Wrong("'^' is supported at the beginning of the whole only");
            case '*' or '+' or '?': throw Wrong("a quantifier has nothing to repeat");
            case '{' or '}' or ']': throw Wrong($"'{_pattern[_at]}' must be written with a backslash");
            default: return _character(One(Scalar()));
        }
    }

    private Expression Group()
    {
        _at++;
        if (++_depth > MaxDepth) throw Wrong($"groups nest deeper than {MaxDepth}");
        if (Take('?') && !Take(':'))
        {
            var name = Has('<') ? _pattern.IndexOf('>', _at) : -1;
            if (name < _at + 2 || _pattern[_at + 1] is '=' or '!')
                throw Wrong("look-around and flags are not supported");
            _at = name + 1;
        }
        var inner = Alternatives();
        if (Has('$')) throw Wrong("'$' is supported at the end of the whole only");
        if (!Take(')')) throw Wrong("a group is not closed");
        _depth--;
        return inner;
    }

    private CodePoints Class()
    {
        _at++;
        var isNegated = Take('^');
        var set = CodePoints.None;
        while (!Has(']'))
        {
            if (_at >= _pattern.Length) throw Wrong("a character class is not closed");
            var low = Member();
            if (!Has('-') || _at + 1 >= _pattern.Length || _pattern[_at + 1] == ']')
            {
                set = set.Or(low);
                continue;
            }
            _at++;
            set = set.Or(Range(low, Member()));
        }
        _at++;
        return isNegated ? set.Complement() : set;
    }

    private CodePoints Member() => Has('\\') ? Escape(inClass: true) : One(Scalar());

    private CodePoints Range(CodePoints from, CodePoints to)
    {
        if (from.Ranges is not [var (low, end)] || low != end || to.Ranges is not [var (high, last)] || high != last)
            throw Wrong("a range must go from one character to another");
        return low <= high ? CodePoints.Of((low, high)) : throw Wrong("a range goes backwards");
    }

    private CodePoints Escape(bool inClass)
    {
        _at++;
        if (_at >= _pattern.Length) throw Wrong("the pattern ends with a backslash");
        var c = _pattern[_at++];
        switch (c)
        {
            case 'd': return CodePoints.Digits;
            case 'D': return CodePoints.Digits.Complement();
            case 'w': return CodePoints.Word;
            case 'W': return CodePoints.Word.Complement();
            case 's': return CodePoints.Space;
            case 'S': return CodePoints.Space.Complement();
            case 'p' or 'P': return Category(isNegated: c == 'P');
            case 'n': return One('\n');
            case 'r': return One('\r');
            case 't': return One('\t');
            case 'f': return One('\f');
            case 'v': return One('\v');
            case 'b' when inClass: return One('\b');
            case 'x': return One(Hex(2));
            case 'u': return One(Take('{') ? Braced() : Hex(4));
            case 'b' or 'B': throw Wrong("word borders are not supported");
            case >= '1' and <= '9' or 'k': throw Wrong("back references are not supported");
        }
        if (char.IsAsciiLetterOrDigit(c)) throw Wrong($"\\{c} is not supported");
        _at--;
        return One(Scalar());
    }

    private CodePoints Category(bool isNegated)
    {
        var end = Has('{') ? _pattern.IndexOf('}', _at) : -1;
        var name = end < 0 ? "" : _pattern[(_at + 1)..end];
        if (CodePoints.Category(name) is not { } set)
            throw Wrong("\\p must name a general category in braces, such as \\p{L} or \\p{Nd}");
        _at = end + 1;
        return isNegated ? set.Complement() : set;
    }

    private int Braced()
    {
        var end = _pattern.IndexOf('}', _at);
        var value = Hex(end < 0 ? 1 : Math.Clamp(end - _at, 1, 6));
        return Take('}') ? value : throw Wrong("\\u{ must hold a hexadecimal number");
    }

    private int Hex(int digits)
    {
        var text = _pattern.AsSpan(_at, Math.Min(digits, _pattern.Length - _at));
        if (text.Length < digits || !int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value > 0x10FFFF) throw Wrong($"expected {digits} hexadecimal digits");
        _at += digits;
        return value;
    }

    private int Scalar()
    {
        if (Rune.DecodeFromUtf16(_pattern.AsSpan(_at), out var rune, out var used) != System.Buffers.OperationStatus.Done)
            throw Wrong("a character is not valid Unicode");
        _at += used;
        return rune.Value;
    }

    private static CodePoints One(int value) => CodePoints.Of((value, value));
}
