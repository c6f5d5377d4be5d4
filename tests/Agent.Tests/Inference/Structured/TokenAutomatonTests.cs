using EdgeAgent.Inference.Structured;
using EdgeAgent.Inference.Structured.Expressions;

namespace EdgeAgent.Tests.Inference.Structured;

/// <summary>Masks hold exactly the tokens that the grammar allows.</summary>
public sealed class TokenAutomatonTests
{
    public static TheoryData<string> Names => Vocabularies.Committed;

    private static readonly AnswerFormat[] Formats =
    [
        new(FormatKind.JsonObject, ""),
        new(FormatKind.Choice, """["yes","no","yes, but","主轴停止"]"""),
        new(FormatKind.Regex, @"[A-Z]{2}-\d+( .{0,6}x)?"),
        new(FormatKind.Regex, "(.|\n)*end"),
        new(FormatKind.JsonSchema, """
            {"type":"object","properties":{"alarm":{"type":"string","maxLength":5},
             "note":{"type":"string","minLength":2,"pattern":"^[^0-9]*$"},
             "level":{"enum":["low","high","höchst"]},"n":{"type":"integer","minimum":-5,"maximum":120}},"required":["level"],
             "additionalProperties":{"type":"boolean"}}
            """),
    ];

    /// <summary>
    /// Every token, judged by its bytes alone, at every place of random answers: those the slices of plain tokens let in, too. Ends
    /// only where the answer may end; added tokens never.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Mask_EveryToken_IsAllowedIfItsBytesAre(string vocabulary)
    {
        var tokenizer = Vocabularies.Load(vocabulary);
        var trie = Vocabularies.Trie(tokenizer);
        var end = tokenizer.Size + 2;
        var random = new Random(21);
        foreach (var format in Formats)
        {
            var grammar = Grammar.Compile(format);
            var automaton = new TokenAutomaton(grammar, trie, [end, -1, 1 << 30]);
            for (var answer = 0; answer < 3; answer++)
            {
                var (state, rest) = (automaton.Start, grammar.Root);
                for (var step = 0; step < 25; step++)
                {
                    var mask = automaton.MaskOf(state);
                    Assert.Equal(rest.IsNullable, mask.Allows(end));
                    var allowed = new List<int>();
                    for (var id = 0; id < tokenizer.Size + 5; id++)
                    {
                        var bytes = id < tokenizer.Size && tokenizer.Added.All(a => a.Id != id) ? tokenizer.Bytes(id) : [];
                        var fits = id == end ? rest.IsNullable : bytes.Length > 0 && Behind(grammar.Factory, rest, bytes) is not null;
                        Assert.True(fits == mask.Allows(id), $"token {id} in {format.Kind}, step {step}");
                        if (fits && id != end) allowed.Add(id);
                    }
                    Assert.Equal(allowed.Count + (rest.IsNullable ? 1 : 0), mask.Count);
                    if (allowed.Count == 0) break;
                    var next = allowed[random.Next(allowed.Count)];
                    (state, rest) = (automaton.Take(state, next), Behind(grammar.Factory, rest, tokenizer.Bytes(next))!);
                }
            }
        }
    }

    private static Expression? Behind(ExpressionFactory factory, Expression rest, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            if ((rest = factory.Derive(rest, value)) == factory.Nothing) return null;
        return rest;
    }

    /// <summary>A vocabulary's bytes, some tokens with the same ones, are all in the trees.</summary>
    [Fact]
    public void Trie_TokensWithTheSameBytes_AreAllAllowed()
    {
        byte[][] tokens = [[.. "ab"u8], [.. "a"u8], [.. "ab"u8], [], [.. "abc"u8], [.. "b"u8]];
        var automaton = new TokenAutomaton(Grammar.Compile(new AnswerFormat(FormatKind.Regex, "abc?")), new TokenTrie(tokens, 6), [3]);
        Assert.Equal([0, 1, 2, 4], Allowed(automaton, automaton.Start));
        Assert.Equal([3], Allowed(automaton, automaton.Take(automaton.Start, 4)));
        Assert.Throws<InvalidOperationException>(() => automaton.Take(automaton.Start, 5));
    }

    private static IEnumerable<int> Allowed(TokenAutomaton automaton, TokenAutomaton.State state) =>
        Enumerable.Range(0, 64).Where(automaton.MaskOf(state).Allows);

    [Fact]
    public void Take_UntilNothingCanFollow_IsComplete()
    {
        var tokenizer = Vocabularies.Load("bytes");
        var automaton = new TokenAutomaton(Grammar.Compile(new AnswerFormat(FormatKind.Choice, """["a","ab"]""")),
            Vocabularies.Trie(tokenizer), [259]);
        var constraint = new TokenConstraint(automaton);
        constraint.Take('a');
        Assert.False(constraint.IsComplete);
        Assert.Equal(['b', 259], constraint.Mask.Ids.ToArray());
        constraint.Take('b');
        Assert.True(constraint.IsComplete);
    }

    /// <summary>Masks are made once for each state; equal formats share an automaton, and the oldest is forgotten.</summary>
    [Fact]
    public void Grammars_EqualFormats_AreCompiledOnceAndBounded()
    {
        var grammars = new Grammars(Vocabularies.Load("bytes"), 260, [259]);
        static AnswerFormat Format(int n) => new(FormatKind.Regex, $"a{{{n}}}");
        var first = grammars.Get(Format(1));
        Assert.Same(first, grammars.Get(Format(1)));
        Assert.Same(first.MaskOf(first.Start), first.MaskOf(first.Start));
        for (var n = 2; n <= Grammars.Capacity; n++) grammars.Get(Format(n));
        Assert.Same(first, grammars.Get(Format(1)));
        grammars.Get(Format(Grammars.Capacity + 1));
        grammars.Get(Format(Grammars.Capacity + 2));
        Assert.Same(first, grammars.Get(Format(1)));
        for (var n = 2; n <= Grammars.Capacity + 1; n++) grammars.Get(Format(n));
        Assert.NotSame(first, grammars.Get(Format(1)));
    }

    /// <summary>A format that has grown large keeps answering; the next answer gets a fresh one.</summary>
    [Fact]
    public void Grammars_FormatThatHasGrown_IsCompiledAnew()
    {
        var tokenizer = Vocabularies.Load("bytes");
        var grammars = new Grammars(tokenizer, 260, [259]);
        var format = new AnswerFormat(FormatKind.JsonSchema, """{"type":"string","maxLength":100000}""");
        var automaton = grammars.Get(format);
        var constraint = new TokenConstraint(automaton);
        constraint.Take('"');
        for (var i = 0; i < TokenAutomaton.MaxBytes / 2000 && !automaton.IsFull; i++)
        {
            Assert.True(constraint.Mask.Allows('x'));
            constraint.Take('x');
        }
        Assert.True(automaton.IsFull);
        Assert.True(constraint.Mask.Allows('"'));
        Assert.NotSame(automaton, grammars.Get(format));
    }

    /// <summary>An asker's hostile format ends its own answer, soon.</summary>
    [Fact]
    public void Mask_FormatOfTooManyReadings_SaysSo()
    {
        var automaton = new TokenAutomaton(Grammar.Compile(new AnswerFormat(FormatKind.Regex, "(((a{1,100}){1,100}){1,100}){1,100}")),
            Vocabularies.Trie(Vocabularies.Load("bytes")), [259]);
        var constraint = new TokenConstraint(automaton);
        var thrown = Assert.Throws<EdgeAgent.Inference.Sampling.NoTokenException>(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                _ = constraint.Mask;
                constraint.Take('a');
            }
        });
        Assert.Contains("too many ways", thrown.Message, StringComparison.Ordinal);
    }
}
