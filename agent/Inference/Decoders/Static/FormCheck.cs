using System.Globalization;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>Compares the graphs of a form for a GPU, run on the CPU provider, with the cpu form.</summary>
internal static class FormCheck
{
    private const int PromptTokens = 24, DecodedTokens = 8;

    /// <summary>One sentence with the largest difference of a logit over a prompt and some decoded tokens.</summary>
    public static string Run(Bundle bundle, FormOptions options, IReadOnlyList<ExportedGraph> graphs)
    {
        if (options.Form == GraphForm.Cpu) return "not compared: it is the cpu form";
        var decoderOptions = new DecoderOptions { Rows = 1, Context = options.Context, Chunk = PromptTokens, AccuracyLevel = 1 };
        using var expected = new OnnxDecoder(bundle, decoderOptions);
        using var actual = Open(bundle, options, graphs, decoderOptions);
        var vocabulary = bundle.Manifest.Architecture.Vocabulary;
        var chunk = Math.Min(PromptTokens, actual.MaxChunk);
        var ids = Enumerable.Range(0, Math.Min(PromptTokens, options.Context / 2)).Select(i => i * 7919 % vocabulary).ToArray();
        var worst = 0f;
        for (var start = 0; start < ids.Length; start += chunk)
        {
            var part = ids.AsSpan(start, Math.Min(chunk, ids.Length - start));
            worst = Math.Max(worst, Difference(expected.Prefill(0, part, start), actual.Prefill(0, part, start)));
        }
        var steps = Math.Min(DecodedTokens, options.Context - ids.Length);
        for (var i = 0; i < steps; i++)
        {
            int[] id = [ids[i % ids.Length]], position = [ids.Length + i];
            worst = Math.Max(worst, Difference(expected.Decode(id, position), actual.Decode(id, position)));
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"largest difference to the cpu form: {worst:E2} in a logit, over {ids.Length} prompt tokens and {steps} decoded ones");
    }

    private static IDecoder Open(Bundle bundle, FormOptions options, IReadOnlyList<ExportedGraph> graphs, DecoderOptions decoder)
    {
        if (options.IsStatic)
            return new StaticDecoder(bundle, options, graphs,
                new StaticDevice(HostMemory.Instance, _ => CpuSession.Options(decoder)));
        return new OnnxDecoder(bundle, decoder, new FlexibleForm(options.Precision, HostMemory.Instance,
            FormExport.WeightBytes(bundle, options), FormNames.Of(options.Form), _ =>
            {
                using var session = CpuSession.Options(decoder);
                return new InferenceSession(graphs[0].Path, session);
            }));
    }

    /// <summary>The CPU provider with float32 arithmetic in linears.</summary>
    public static SessionOptions FloatSession(int threads) =>
        CpuSession.Options(new DecoderOptions { Threads = threads, AccuracyLevel = 1 });

    private static float Difference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var worst = 0f;
        for (var i = 0; i < expected.Length; i++) worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        return worst;
    }
}
