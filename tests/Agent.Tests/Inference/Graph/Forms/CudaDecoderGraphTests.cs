using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph;
using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;
using Architecture = EdgeAgent.Bundles.Architecture;

namespace EdgeAgent.Tests.Inference.Graph.Forms;

/// <summary>The CUDA form in float32 on the CPU provider, which has its operators too, gives the cpu form's logits.</summary>
public sealed class CudaDecoderGraphTests : IDisposable
{
    private const int Rows = 3, Context = 40;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(FormStudent.Names), MemberType = typeof(FormStudent))]
    public void Graph_PrefillChunksAndRowsOfDifferentLengths_MatchTheCpuForm(string student)
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), student);
        var options = new FormOptions { Form = GraphForm.Cuda, Context = Context, Precision = FloatPrecision.Fp32 };
        var graph = Assert.Single(FormExport.Write(bundle, options, _directory.File("out")));
        using var actual = new Runner(bundle, graph.Path);
        using var expected = new OnnxDecoder(bundle, new DecoderOptions
        {
            Rows = Rows,
            Context = Context,
            Chunk = 8,
            Threads = 1,
            Spinning = false,
            AccuracyLevel = 1,
        });
        int[][] prompts = [[1, 2, 3, 4, 5, 6, 7, 8], [11, 12, 13], [.. Enumerable.Range(40, 19)]];
        for (var row = 0; row < Rows; row++)
            for (var start = 0; start < prompts[row].Length; start += 8)
            {
                var part = prompts[row][start..Math.Min(start + 8, prompts[row].Length)];
                Same(expected.Prefill(row, part, start), actual.Run(row, 1, part, [start]));
            }
        expected.CopyRow(2, 0, 19);
        actual.CopyRow(2, 0);
        int[] positions = [19, 3, 19];
        for (var step = 0; step < 5; step++)
        {
            int[] ids = [60 + step, 90 - step, 7 * step];
            Same(expected.Decode(ids, positions), actual.Run(0, Rows, ids, positions));
            for (var row = 0; row < Rows; row++) positions[row]++;
        }
    }

    private static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double worst = 0;
        for (var i = 0; i < expected.Length; i++) worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        Assert.InRange(worst, 0, 1e-3);
    }

    /// <summary>Runs the graph with caches in managed memory, bound as past and present at once.</summary>
    private sealed class Runner(Bundle bundle, string path) : IDisposable
    {
        private readonly InferenceSession _session = new(path, FormCheck.FloatSession(1));
        private readonly Architecture _a = bundle.Manifest.Architecture;
        private readonly float[][] _caches = [.. Enumerable.Range(0, 2 * bundle.Manifest.Architecture.Layers).Select(_ =>
            new float[Rows * RowElements(bundle.Manifest.Architecture)])];

        private static int RowElements(Architecture a) => a.KvHeads * Context * a.HeadSize;

        /// <summary>ids of rows first.., as many tokens each, from the rows' starts on.</summary>
        public float[] Run(int first, int rows, int[] ids, int[] starts)
        {
            var tokens = ids.Length / rows;
            var embeds = new float[ids.Length * _a.Hidden];
            var table = new EmbeddingTable(bundle);
            for (var i = 0; i < ids.Length; i++) table.Read(ids[i], embeds.AsSpan(i * _a.Hidden, _a.Hidden));
            var lengths = starts.Select(s => s + tokens - 1).ToArray();
            var logits = new float[rows * _a.Vocabulary];
            using var binding = _session.CreateIoBinding();
            var values = new List<OrtValue>();
            OrtValue Tensor<T>(T[] data, params long[] shape) where T : unmanaged
            {
                values.Add(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, data.AsMemory(), shape));
                return values[^1];
            }
            binding.BindInput(CpuDecoderGraph.Embeds, Tensor(embeds, rows, tokens, _a.Hidden));
            binding.BindInput(CpuDecoderGraph.SeqLens, Tensor(lengths, rows));
            binding.BindInput(CpuDecoderGraph.TotalLength, Tensor([lengths.Max() + 1]));
            if (CpuDecoderGraph.NeedsPositions(_a))
                binding.BindInput(CpuDecoderGraph.Positions,
                    Tensor(starts.SelectMany(s => Enumerable.Range(s, tokens)).Select(p => (long)p).ToArray(), rows, tokens));
            for (var i = 0; i < _caches.Length; i++)
            {
                values.Add(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance,
                    _caches[i].AsMemory(first * RowElements(_a), rows * RowElements(_a)), [rows, _a.KvHeads, Context, _a.HeadSize]));
                binding.BindInput(i % 2 == 0 ? CpuDecoderGraph.PastKey(i / 2) : CpuDecoderGraph.PastValue(i / 2), values[^1]);
                binding.BindOutput(i % 2 == 0 ? CpuDecoderGraph.PresentKey(i / 2) : CpuDecoderGraph.PresentValue(i / 2), values[^1]);
            }
            binding.BindOutput(CpuDecoderGraph.Logits, Tensor(logits, rows, _a.Vocabulary));
            using var run = new RunOptions();
            _session.RunWithBinding(run, binding);
            foreach (var value in values) value.Dispose();
            return logits;
        }

        public void CopyRow(int from, int to)
        {
            var row = RowElements(_a);
            foreach (var cache in _caches) cache.AsSpan(from * row, row).CopyTo(cache.AsSpan(to * row, row));
        }

        public void Dispose() => _session.Dispose();
    }
}
