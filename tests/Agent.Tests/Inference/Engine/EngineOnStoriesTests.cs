using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Engine;

/// <summary>The whole engine on small checkpoints in full precision: a generated one, and a trained one where it is there.</summary>
public sealed class EngineOnStoriesTests(GeneratedLlama2c model, Stories260K stories)
    : IClassFixture<GeneratedLlama2c>, IClassFixture<Stories260K>
{
    private DecodeEngine Engine(int rows) => Engine(model, rows);

    private static DecodeEngine Engine(Llama2cFixture model, int rows)
    {
        var tokenizer = TokenizerFile.Load(Path.Combine(model.Bundle.Directory, Bundle.TokenizerFileName));
        return new DecodeEngine(Llama2cFixture.Decoder(model.Bundle, rows), tokenizer, model.Bundle.Manifest.EosIds, new EngineOptions(),
            TimeProvider.System, NullLogger.Instance);
    }

    private static async Task<List<int>> Ids(DecodeEngine engine, int[] prompt, int count)
    {
        var generation = engine.Submit(new GenerationRequest(prompt, new SamplingOptions { MaxTokens = count, IgnoreEos = true }));
        var ids = new List<int>();
        await foreach (var e in generation.Events.ReadAllAsync(TestContext.Current.CancellationToken))
            if (e.Id >= 0) ids.Add(e.Id);
        return ids;
    }

    [Fact]
    public Task Engine_Greedy_EqualsTheReferenceContinuationFor150Tokens() => EqualsTheReference(model);

    [Fact]
    public Task Engine_GreedyOnATrainedCheckpoint_EqualsTheReferenceContinuationFor150Tokens() => EqualsTheReference(stories);

    private static async Task EqualsTheReference(Llama2cFixture model)
    {
        var reference = model.Reference();
        var expected = new List<int>();
        for (int i = 0, token = Llama2cFixture.Bos; i < 150; i++)
            expected.Add(token = TensorPrimitives.IndexOfMax<float>(reference.Step(token)));
        using var engine = Engine(model, rows: 4);
        Assert.Equal(expected, await Ids(engine, [Llama2cFixture.Bos], 150));
    }

    [Fact]
    public async Task Engine_Sampled_IsTheSameForTheSameSeed()
    {
        using var engine = Engine(rows: 2);
        async Task<string> Text(ulong seed)
        {
            var generation =
                engine.Submit(new GenerationRequest([Llama2cFixture.Bos],
                    new SamplingOptions { MaxTokens = 60, Temperature = 1, TopP = 0.95f, Seed = seed }));
            return string.Concat(await generation.Events.ReadAllAsync(TestContext.Current.CancellationToken).Select(e => e.Text)
                .ToListAsync(TestContext.Current.CancellationToken));
        }
        var first = await Text(7);
        Assert.Equal(first, await Text(7));
        Assert.NotEqual(first, await Text(8));
    }

    [Fact]
    public async Task Engine_BatchedAndSolo_AgreeTokenForToken()
    {
        var random = new Random(5);
        var prompts = Enumerable.Range(0, 12)
            .Select(_ => (int[])[Llama2cFixture.Bos, .. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(3, 512))]).ToList();
        using var engine = Engine(rows: 5);
        var solo = new List<List<int>>();
        foreach (var prompt in prompts) solo.Add(await Ids(engine, prompt, 40));
        var batched = await Task.WhenAll(prompts.Select(p => Ids(engine, p, 40)));
        for (var i = 0; i < prompts.Count; i++) Assert.Equal(solo[i], batched[i]);
    }
}
