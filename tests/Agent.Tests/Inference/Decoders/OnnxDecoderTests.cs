using System.Numerics.Tensors;

namespace EdgeAgent.Tests.Inference.Decoders;

public sealed class OnnxDecoderTests(GeneratedLlama2c model, Stories260K stories)
    : IClassFixture<GeneratedLlama2c>, IClassFixture<Stories260K>
{
    [Fact]
    public void Decoder_FullPrecision_MatchesTheReferenceFor150Tokens() => MatchesTheReference(model);

    [Fact]
    public void Decoder_TrainedCheckpoint_MatchesTheReferenceFor150Tokens() => MatchesTheReference(stories);

    private static void MatchesTheReference(Llama2cFixture model)
    {
        using var decoder = Llama2cFixture.Decoder(model.Bundle);
        var reference = model.Reference();
        var token = Llama2cFixture.Bos;
        double worst = 0;
        for (var position = 0; position < 150; position++)
        {
            var expected = reference.Step(token);
            var actual = position == 0 ? decoder.Prefill(0, [token], 0) : decoder.Decode([token], [position]);
            worst = Math.Max(worst, Difference(expected, actual));
            Assert.Equal(TensorPrimitives.IndexOfMax(expected), TensorPrimitives.IndexOfMax(actual));
            token = TensorPrimitives.IndexOfMax(expected);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"maximum absolute logit difference {worst:E2}");
        Assert.InRange(worst, 0, 1e-3);
    }

    [Fact]
    public void Decoder_RowsOfDifferentLength_EachMatchTheReference()
    {
        using var decoder = Llama2cFixture.Decoder(model.Bundle, rows: 3, chunk: 8);
        int[][] prompts = [[1, 403, 407, 261, 378], [1, 360, 268], [1, 403, 407, 261, 378, 31, 42, 53, 64, 75, 86, 97, 11]];
        var references = prompts.Select(_ => model.Reference()).ToArray();
        var expected = new float[3][];
        for (var row = 0; row < 3; row++)
        {
            foreach (var token in prompts[row]) expected[row] = references[row].Step(token);
            ReadOnlySpan<float> actual = [];
            for (var start = 0; start < prompts[row].Length; start += 8)
                actual = decoder.Prefill(row, prompts[row].AsSpan(start, Math.Min(8, prompts[row].Length - start)), start);
            Assert.InRange(Difference(expected[row], actual), 0, 1e-3);
        }
        for (var step = 0; step < 20; step++)
        {
            var tokens = expected.Select(e => TensorPrimitives.IndexOfMax(e)).ToArray();
            var logits = decoder.Decode(tokens, [.. references.Select(r => r.Position)]);
            for (var row = 0; row < 3; row++)
            {
                expected[row] = references[row].Step(tokens[row]);
                Assert.InRange(Difference(expected[row], logits.Slice(row * decoder.Vocabulary, decoder.Vocabulary)), 0, 1e-3);
            }
        }
    }

    [Fact]
    public void Decoder_RowCopied_ContinuesLikeTheOriginal()
    {
        using var decoder = Llama2cFixture.Decoder(model.Bundle, rows: 2);
        int[] prompt = [1, 403, 407, 261, 378];
        decoder.Prefill(1, prompt, 0);
        decoder.CopyRow(1, 0, prompt.Length);
        var reference = model.Reference();
        foreach (var token in prompt) reference.Step(token);
        Assert.InRange(Difference(reference.Step(31), decoder.Decode([31], [prompt.Length])), 0, 1e-3);
    }

    private static double Difference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double worst = 0;
        for (var i = 0; i < expected.Length; i++) worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        return worst;
    }
}
