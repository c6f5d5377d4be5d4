using System.Text;
using System.Text.RegularExpressions;
using EdgeAgent.Inference.Structured;
using EdgeAgent.Inference.Structured.Expressions;

namespace EdgeAgent.Tests.Inference.Structured;

/// <summary>Regular expressions describe the same texts as .NET's own engine says they match.</summary>
public sealed class RegexParserTests
{
    private static Grammar Compile(string pattern) => Grammar.Compile(new AnswerFormat(FormatKind.Regex, pattern));

    [Theory]
    [InlineData("a*b|c{2,3}d?")]
    [InlineData("(ab|a)(bc|c)*")]
    [InlineData("[a-c]+[^ab]{0,2}")]
    [InlineData(@"\d{1,3}(\.\d+)?")]
    [InlineData(@"(?:a|b)*?c")]
    [InlineData(@"(?<n>a)\w\s?\S")]
    [InlineData(@"[\d\-x]*\.")]
    [InlineData("^a.b$")]
    [InlineData("(a|)+b")]
    [InlineData("é?[à-ü]中{1,2}")]
    [InlineData(@"\x41\u0042[^\n]")]
    [InlineData("((a{2}){2}|b){0,3}")]
    public void Parse_Pattern_AcceptsWhatDotNetMatches(string pattern)
    {
        var (ours, theirs) = (Compile(pattern), new Regex($@"^(?:{pattern})$(?!\n)", RegexOptions.ECMAScript));
        var random = new Random(11);
        string[] alphabet = ["a", "b", "c", "d", "x", "0", "7", ".", "-", " ", "A", "B", "\n", "é", "ü", "中"];
        var matched = 0;
        for (var i = 0; i < 6000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            Assert.True(theirs.IsMatch(text) == ours.Accepts(text), $"'{text}' against {pattern}");
            if (theirs.IsMatch(text)) matched++;
        }
        Assert.True(matched > 0, "no text matched: the test proves nothing");
    }

    [Theory]
    [InlineData("[^a]", "😀", true)]
    [InlineData(".", "𠀀", true)]
    [InlineData(@"\p{L}+", "aé中Ж", true)]
    [InlineData(@"\p{Lu}", "a", false)]
    [InlineData(@"\P{L}", "1", true)]
    [InlineData(@"\u{1F600}", "😀", true)]
    [InlineData("[一-龥]{2}", "报警", true)]
    [InlineData("[一-龥]{2}", "报a", false)]
    public void Parse_Unicode_CountsCharacters(string pattern, string text, bool fits) =>
        Assert.Equal(fits, Compile(pattern).Accepts(text));

    [Theory]
    [InlineData("a(?=b)", "look-around")]
    [InlineData("(?i)a", "look-around and flags")]
    [InlineData(@"(a)\1", "back references")]
    [InlineData(@"\bword", "word borders")]
    [InlineData("a{3,2}", "counts from 3 to 2")]
    [InlineData("a{99999}", "0..10000")]
    [InlineData("(a", "not closed")]
    [InlineData("a)", "closed that was not opened")]
    [InlineData("[a", "not closed")]
    [InlineData("[z-a]", "backwards")]
    [InlineData("*a", "nothing to repeat")]
    [InlineData("a++", "possessive")]
    [InlineData("a^b", "beginning of the whole")]
    [InlineData("(a$)b", "end of the whole")]
    [InlineData("a\\", "ends with a backslash")]
    [InlineData(@"\p{Klingon}", "general category")]
    [InlineData(@"\u12", "hexadecimal")]
    [InlineData("[^\\s\\S]", "no text")]
    [InlineData("", "no text")]
    public void Parse_Wrong_SaysWhatAndWhere(string pattern, string said)
    {
        var message = Assert.Throws<GrammarException>(() => Compile(pattern)).Message;
        Assert.StartsWith("guided_regex: ", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Hostile_EndsInBoundedTime()
    {
        Assert.Throws<GrammarException>(() => Compile(new string('(', 5000)));
        Assert.Throws<GrammarException>(() => Compile(new string('(', 70) + "a" + new string(')', 70)));
        Assert.False(Compile("(a|aa)+").Accepts(new string('a', 3000) + "b"));
        Assert.Throws<TooComplexException>(() => Compile("(((a{1,100}){1,100}){1,100}){1,100}").Accepts(new string('a', 3000)));
    }

    /// <summary>The UTF-8 of a set: exactly its characters, by every border of the encoding.</summary>
    [Fact]
    public void Parse_RangesAtTheBordersOfUtf8_HoldExactlyTheirCharacters()
    {
        var random = new Random(12);
        int[] borders = [0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0x10FFFF];
        for (var i = 0; i < 60; i++)
        {
            int Point() => Math.Clamp(borders[random.Next(borders.Length)] + random.Next(-3, 4), 0x20, 0x10FFFF) is var c
                && c is >= 0xD800 and <= 0xDFFF ? 0xD7FF : c;
            var (a, b) = (Point(), Point());
            var grammar = Compile($@"[\u{{{Math.Min(a, b):x}}}-\u{{{Math.Max(a, b):x}}}\u{{20}}]");
            for (var n = 0; n < 60; n++)
            {
                var c = n % 2 == 0 ? Point() : random.Next(0x20, 0x110000);
                if (c is >= 0xD800 and <= 0xDFFF) continue;
                var inside = c == 0x20 || c >= Math.Min(a, b) && c <= Math.Max(a, b);
                Assert.True(inside == grammar.Accepts(new Rune(c).ToString()), $"{c:x} in {a:x}..{b:x}");
            }
        }
    }
}
