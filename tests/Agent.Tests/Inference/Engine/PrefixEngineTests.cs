using System.Text;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Bundles;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Engine;

/// <summary>The prefix cache in the engine: what is restored is what was computed, and nobody gets another one's.</summary>
public sealed class PrefixEngineTests(GeneratedLlama2c model) : IClassFixture<GeneratedLlama2c>
{
    private static readonly Tokenizer Tokens = TokenizerFile.Parse("t", Encoding.UTF8.GetBytes(TinyStudent.TokenizerJson()));

    private static DecodeEngine Scripted(ScriptedDecoder decoder, long prefixBytes = 1 << 20) => new(decoder, Tokens, [],
        new EngineOptions { PrefixBytes = prefixBytes }, TimeProvider.System, NullLogger.Instance, "student");

    private static ScriptedDecoder Decoder(int rows = 2) => new(rows, context: 400, chunk: 64) { PositionBytes = sizeof(int) };

    private static int[] Page(int length) => [.. Enumerable.Range(0, length).Select(i => i % 256)];

    private static async Task<List<int>> Ids(DecodeEngine engine, GenerationRequest request)
    {
        var ids = new List<int>();
        await foreach (var e in engine.Submit(request).Events.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(e.Finish is null or FinishReason.Length, e.Error);
            if (e.Id >= 0) ids.Add(e.Id);
        }
        return ids;
    }

    private static GenerationRequest Ask(int[] prompt, string client = "a", string domain = "", int tokens = 5) =>
        new(prompt, new SamplingOptions { MaxTokens = tokens, IgnoreEos = true }) { Client = client, Domain = domain };

    private static int Prefilled(ScriptedDecoder decoder) => decoder.Runs.Where(r => r.Kind == "prefill").Sum(r => r.Count);

    [Fact]
    public async Task Submit_PageAskedAgain_RunsOnlyWhatIsNew()
    {
        var decoder = Decoder();
        using var engine = Scripted(decoder);
        await Ids(engine, Ask([.. Page(300), 7]));
        Assert.Equal(301, Prefilled(decoder));
        Assert.Equal([9, 10, 11, 12, 13], await Ids(engine, Ask([.. Page(300), 8])));
        Assert.Equal(301 + 301 - 288, Prefilled(decoder)); // 9 blocks of 32
        var counts = engine.Prefixes.Cache!.Counts;
        Assert.Equal((1L, 1L, 288L), (counts.Hits, counts.Misses, counts.SavedTokens));
    }

    /// <summary>The whole prompt is known: its last token is run all the same, since the answer begins with its logits.</summary>
    [Fact]
    public async Task Submit_SamePromptOfWholeBlocks_StillRunsItsEnd()
    {
        var decoder = Decoder();
        using var engine = Scripted(decoder);
        var first = await Ids(engine, Ask(Page(64)));
        Assert.Equal(first, await Ids(engine, Ask(Page(64))));
        Assert.Equal(64 + 32, Prefilled(decoder));
    }

    [Fact]
    public async Task Submit_OtherClient_GetsItOnlyAfterASecondOneAsked()
    {
        var decoder = Decoder();
        using var engine = Scripted(decoder);
        await Ids(engine, Ask(Page(100), "a"));
        await Ids(engine, Ask(Page(100), "b"));
        Assert.Equal(200, Prefilled(decoder));
        await Ids(engine, Ask(Page(100), "c"));
        Assert.Equal(204, Prefilled(decoder));
        await Ids(engine, Ask(Page(100), "c", domain: "another role"));
        Assert.Equal(304, Prefilled(decoder));
    }

    [Fact]
    public async Task Submit_DecoderThatCannot_OrNoBytes_KeepsNothing()
    {
        using (var engine = Scripted(new ScriptedDecoder(1, context: 400)))
        {
            Assert.Null(engine.Prefixes.Cache);
            await Ids(engine, Ask(Page(100)));
        }
        using var none = Scripted(Decoder(), prefixBytes: 0);
        Assert.Null(none.Prefixes.Cache);
    }

    /// <summary>Rows move, requests end early, blocks are dropped: the scripted decoder fails on a row that is not its own.</summary>
    [Fact]
    public async Task Submit_ManySharedPrefixesAtOnce_EachGetsItsOwnContinuation()
    {
        var random = new Random(3);
        using var engine = Scripted(Decoder(rows: 4), prefixBytes: 7 * 32 * sizeof(int));
        var requests = Enumerable.Range(0, 300).Select(_ =>
        {
            var prompt = Page(random.Next(1, 200));
            return (Prompt: prompt, Ids: Ids(engine, Ask(prompt, $"c{random.Next(3)}", tokens: random.Next(1, 20))));
        }).ToList();
        foreach (var (prompt, ids) in requests)
        {
            var got = await ids;
            Assert.Equal(Enumerable.Range(0, got.Count).Select(i => (prompt[^1] + 1 + i) % 256), got);
        }
        Assert.True(engine.Prefixes.Cache!.Counts.Hits > 0);
    }

    /// <summary>On a real graph: a prefix read from one row and written into another gives the same bits behind it.</summary>
    [Fact]
    public void Decoder_PrefixOfAnotherRow_ContinuesBitForBit()
    {
        using var decoder = Llama2cFixture.Decoder(model.Bundle, rows: 3, chunk: 64);
        int[] prompt = [.. Page(96).Select(i => 3 + i)];
        decoder.Prefill(0, prompt.AsSpan(0, 64), 0);
        var expected = decoder.Prefill(0, prompt.AsSpan(64), 64).ToArray();
        var bytes = new byte[32 * decoder.PositionBytes];
        foreach (var start in new[] { 0, 32 })
        {
            decoder.ReadPrefix(0, start, 32, bytes);
            decoder.WritePrefix(2, start, 32, bytes);
        }
        Assert.Equal(expected, decoder.Prefill(2, prompt.AsSpan(64), 64).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.ReadPrefix(3, 0, 1, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.WritePrefix(0, decoder.Context, 1, bytes));
    }

    [Fact]
    public async Task Engine_RealGraph_AnswersTheSameWithAndWithoutTheCache()
    {
        DecodeEngine Engine(long bytes) => new(Llama2cFixture.Decoder(model.Bundle, rows: 2), Tokens, [], new EngineOptions
        {
            PrefixBytes = bytes,
        }, TimeProvider.System, NullLogger.Instance, "student");
        using var with = Engine(1 << 24);
        using var without = Engine(0);
        int[] page = [.. Enumerable.Range(0, 150).Select(i => 3 + i * 7 % 500)];
        for (var i = 0; i < 4; i++)
        {
            int[] prompt = [.. page, 10 + i];
            Assert.Equal(await Ids(without, Ask(prompt, tokens: 40)), await Ids(with, Ask(prompt, tokens: 40)));
        }
        Assert.Equal(3, with.Prefixes.Cache!.Counts.Hits);
    }
}
