using System.Text;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Structured;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Bundles;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Engine;

/// <summary>Rows whose answers have a form, beside rows that say what they like.</summary>
public sealed class StructuredRowTests
{
    private const int End = 259;
    private static readonly Tokenizer Tokens = TokenizerFile.Parse("t", Encoding.UTF8.GetBytes(TinyStudent.TokenizerJson()));
    private static readonly Grammars Formats = new(Tokens, ScriptedDecoder.VocabularySize, [End]);

    private static TokenConstraint Constraint(FormatKind kind, string text) => new(Formats.Get(new AnswerFormat(kind, text)));

    private static DecodeEngine Engine(int rows) => new(new ScriptedDecoder(rows, context: 128) { TakesAnyToken = true }, Tokens, [End],
        new EngineOptions(), TimeProvider.System, NullLogger.Instance);

    private static async Task<(string Text, FinishReason Finish, string? Error, List<TokenLogprob> Logprobs)> Collect(Generation generation)
    {
        var (text, logprobs) = ("", new List<TokenLogprob>());
        await foreach (var e in generation.Events.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            text += e.Text;
            if (e.Logprob is { } logprob) logprobs.Add(logprob);
            if (e.Finish is { } finish) return (text, finish, e.Error, logprobs);
        }
        throw new InvalidOperationException("ended without a finish");
    }

    /// <summary>The scripted decoder counts up: a free row does, and the constrained ones keep their forms, whoever leaves first.</summary>
    [Fact]
    public async Task Batch_FreeAndConstrainedRows_KeepTheirForms()
    {
        using var engine = Engine(3);
        var free = engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 20 }));
        var choice = engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 20 })
        { Constraint = Constraint(FormatKind.Choice, """["no","ready"]""") });
        var date = engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 40, Temperature = 1, Seed = 3 })
        { Constraint = Constraint(FormatKind.JsonSchema, """{"type":"string","format":"date"}""") });
        Assert.Equal(("ABCDEFGHIJKLMNOPQRST", FinishReason.Length), await Ended(free));
        Assert.Equal(("no", FinishReason.Stop), await Ended(choice));
        var (said, finish) = await Ended(date);
        Assert.Equal(FinishReason.Stop, finish);
        Assert.True(DateOnly.TryParseExact(said.Trim('"'), "yyyy-MM-dd", out _), said);

        static async Task<(string, FinishReason)> Ended(Generation generation)
        {
            var (text, finish, _, _) = await Collect(generation);
            return (text, finish);
        }
    }

    [Fact]
    public async Task Answer_CutByItsLimit_SaysLength()
    {
        using var engine = Engine(1);
        var (text, finish, _, _) = await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 3 })
        { Constraint = Constraint(FormatKind.Choice, """["ready"]""") }));
        Assert.Equal(("rea", FinishReason.Length), (text, finish));
    }

    /// <summary>A vocabulary that cannot spell the form refuses that answer; the engine goes on.</summary>
    [Fact]
    public async Task Answer_FormThatTheTokensCannotSpell_IsRefused()
    {
        using var engine = Engine(1);
        var trie = new TokenTrie([[.. "a"u8], [.. "b"u8]], ScriptedDecoder.VocabularySize);
        var automaton = new TokenAutomaton(Grammar.Compile(new AnswerFormat(FormatKind.Regex, "ac")), trie, [End]);
        var (_, finish, error, _) = await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 9 })
        { Constraint = new TokenConstraint(automaton) }));
        Assert.Equal(FinishReason.Unspellable, finish);
        Assert.Contains("no token", error, StringComparison.Ordinal);
        Assert.Equal("AB", (await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 2 })))).Text);
    }

    /// <summary>The form begins behind the think block, whether the block ends by itself, is closed, or is not opened.</summary>
    [Theory]
    [InlineData('E', 10, false, "GHIJ")] // F opens, K closes
    [InlineData('E', 2, false, "GH")]
    [InlineData('a', 5, true, "bcdef")]
    [InlineData('L', 10, false, "")]
    public async Task Answer_BehindAThinkBlock_HasItsForm(char last, int budget, bool isOpen, string reasoning)
    {
        using var engine = Engine(1);
        var tags = new ThinkTags('F', 'K', ['!', 'K', ' ']);
        var generation = engine.Submit(new GenerationRequest([last], new SamplingOptions { MaxTokens = 20 })
        { Think = new ThinkBudget(tags, budget, isOpen), Constraint = Constraint(FormatKind.Choice, """["  no","  yes"]""") });
        var (text, thought) = ("", "");
        await foreach (var e in generation.Events.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            (text, thought) = (text + e.Text, thought + e.Reasoning);
            if (e.Finish is { } finish) Assert.Equal(FinishReason.Stop, finish);
        }
        Assert.Equal(("  no", reasoning), (text, thought));
    }

    /// <summary>Probabilities are the student's own: the mask does not change them.</summary>
    [Fact]
    public async Task Logprobs_ConstrainedAnswer_AreThoseOfTheLogits()
    {
        using var engine = Engine(1);
        var (text, _, _, logprobs) = await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 9 })
        { Constraint = Constraint(FormatKind.Choice, """["xy"]"""), TopLogprobs = 2 }));
        Assert.Equal(("xy", 2), (text, logprobs.Count));
        // one logit of 1, the others 0
        var normalizer = Math.Log(Math.E + ScriptedDecoder.VocabularySize - 1);
        Assert.Equal(('x', -normalizer), ((char)logprobs[0].Chosen.Id, logprobs[0].Chosen.Logprob), (a, b) => a.Item1 == b.Item1
            && Math.Abs(a.Item2 - b.Item2) < 1e-4);
        Assert.Equal('A', logprobs[0].Top[0].Id);
        Assert.Equal(1 - normalizer, logprobs[0].Top[0].Logprob, 1e-4);
    }
}
