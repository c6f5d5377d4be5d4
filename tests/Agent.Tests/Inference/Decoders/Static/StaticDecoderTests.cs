using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Tests.Inference.Decoders.Devices;
using EdgeAgent.Tests.Inference.Graph.Forms;

namespace EdgeAgent.Tests.Inference.Decoders.Static;

/// <summary>
/// The proof of the TensorRT forms without a GPU: their graphs, in float32 on the CPU provider, give the cpu form's logits.
/// </summary>
public sealed class StaticDecoderTests : IDisposable
{
    private const double Tolerance = 1e-3;
    private const int Rows = 3, Context = 40, Chunk = 8;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, string> FormsAndStudents()
    {
        var data = new TheoryData<string, string>();
        foreach (var form in new[] { "tensorrt", "tensorrt-10.3" })
            foreach (var student in FormStudent.All.Keys) data.Add(form, student);
        return data;
    }

    public static TheoryData<string, string> FormsAndCheckpoints()
    {
        var data = new TheoryData<string, string>();
        foreach (var form in new[] { "tensorrt", "tensorrt-10.3" })
            foreach (var checkpoint in new[] { "llama-llama3rope-sharded-f16", "qwen2-tied-bias-f32", "qwen2-yarn-f16",
                "qwen3-untied-qknorm-bf16" })
                data.Add(form, checkpoint);
        return data;
    }

    private static OnnxDecoder Cpu(Bundle bundle) =>
        new(bundle, new DecoderOptions { Rows = Rows, Context = Context, Chunk = Chunk, Threads = 1, Spinning = false, AccuracyLevel = 1 });

    private StaticDecoder Static(Bundle bundle, string form, LinearStorage linears = LinearStorage.Int4,
        AttentionStyle attention = AttentionStyle.Fused, IDeviceMemory? memory = null)
    {
        var options = new FormOptions
        {
            Form = FormNames.Forms[form],
            Rows = Rows,
            Context = Context,
            Chunk = Chunk,
            Precision = FloatPrecision.Fp32,
            Linears = linears,
            Attention = attention,
        };
        var graphs = FormExport.Write(bundle, options, _directory.File("exported"));
        return new StaticDecoder(bundle, options, graphs,
            new StaticDevice(memory ?? HostMemory.Instance, _ => FormCheck.FloatSession(1)));
    }

    /// <summary>Prefill in one chunk and in several, with and without padding; then rows of different lengths decoded together.</summary>
    [Theory]
    [MemberData(nameof(FormsAndStudents))]
    public void Decoder_PrefillAndDecode_MatchTheCpuForm(string form, string student)
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), student);
        using var expected = Cpu(bundle);
        using var actual = Static(bundle, form);
        Agree(expected, actual);
    }

    /// <summary>Imported checkpoints: rotary scalings, a tied head, biases, head norms, and the importer's own 4 bits.</summary>
    [Theory]
    [MemberData(nameof(FormsAndCheckpoints))]
    public void Decoder_ImportedCheckpoint_MatchesTheCpuForm(string form, string checkpoint)
    {
        using (var source = ModelImporter.Open(SharedData.Path("models", "tiny", checkpoint)))
            ModelImporter.Import(source, _directory.File("bundle"), new ImportOptions { Quantization = Quantization.RoundToNearest });
        using var bundle = Bundle.Open(_directory.File("bundle"));
        using var expected = Cpu(bundle);
        using var actual = Static(bundle, form);
        Agree(expected, actual);
    }

    [Theory]
    [InlineData("tensorrt", "llama")]
    [InlineData("tensorrt-10.3", "llama offsets")]
    public void Decoder_DequantizedLinears_MatchTheCpuForm(string form, string student)
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), student);
        using var expected = Cpu(bundle);
        using var actual = Static(bundle, form, LinearStorage.Fp16);
        Agree(expected, actual);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3 head 24")]
    public void Decoder_AttentionInParts_MatchesTheCpuForm(string student)
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), student);
        using var expected = Cpu(bundle);
        using var actual = Static(bundle, "tensorrt", attention: AttentionStyle.MatMul);
        Agree(expected, actual);
    }

    /// <summary>A row that moved continues as if it had been there, and the rows beside it are as they were.</summary>
    [Theory]
    [InlineData("tensorrt")]
    [InlineData("tensorrt-10.3")]
    public void Decoder_RowMoved_ContinuesLikeTheCpuForm(string form)
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), "llama");
        using var expected = Cpu(bundle);
        using var actual = Static(bundle, form);
        foreach (var decoder in new IDecoder[] { expected, actual })
        {
            decoder.Prefill(2, [1, 2, 3, 4, 5], 0);
            decoder.Prefill(0, [9, 8, 7], 0);
            decoder.CopyRow(2, 1, 5);
            decoder.Prefill(2, [100, 101], 0);
        }
        Same(expected.Decode([10, 11, 12], [3, 5, 2]).ToArray(), actual.Decode([10, 11, 12], [3, 5, 2]));
    }

    /// <summary>Rows that are not decoded keep their cache, though the graph runs all of them.</summary>
    [Theory]
    [InlineData("tensorrt")]
    [InlineData("tensorrt-10.3")]
    public void Decoder_FewerRowsDecoded_LeavesTheOthersAlone(string form)
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), "llama");
        using var expected = Cpu(bundle);
        using var actual = Static(bundle, form);
        foreach (var decoder in new IDecoder[] { expected, actual })
        {
            decoder.Prefill(0, [1, 2, 3], 0);
            decoder.Prefill(1, [4, 5, 6, 7], 0);
            decoder.Prefill(2, [21, 22, 23, 24, 25], 0);
            for (var i = 0; i < 4; i++) decoder.Decode([30 + i], [3 + i]);
        }
        Same(expected.Decode([1, 2, 3], [7, 4, 5]).ToArray(), actual.Decode([1, 2, 3], [7, 4, 5]));
    }

    /// <summary>The last chunk ends at the context's end: its padding has room behind it.</summary>
    [Theory]
    [InlineData("tensorrt")]
    [InlineData("tensorrt-10.3")]
    public void Decoder_ContextFilledToTheEnd_MatchesTheCpuForm(string form)
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), "llama");
        using var expected = Cpu(bundle);
        using var actual = Static(bundle, form);
        var ids = Enumerable.Range(0, Context).Select(i => i * 37 % 256).ToArray();
        for (var start = 0; start < Context - 1; start += Chunk)
        {
            var part = ids.AsSpan(start, Math.Min(Chunk, Context - 1 - start));
            Same(expected.Prefill(1, part, start).ToArray(), actual.Prefill(1, part, start));
        }
        foreach (var decoder in new IDecoder[] { expected, actual }) decoder.CopyRow(1, 0, Context - 1);
        Same(expected.Decode([5], [Context - 1]).ToArray(), actual.Decode([5], [Context - 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => actual.Decode([5], [Context]).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => actual.Prefill(0, [1, 2], Context - 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => actual.Prefill(Rows, [1], 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => actual.Decode([260], [0]).Length);
    }

    /// <summary>Nothing is allocated per token.</summary>
    [Fact]
    public void Decode_AllocatesNothing()
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), "llama");
        using var decoder = Static(bundle, "tensorrt");
        int[] ids = [1, 2, 3], positions = [0, 0, 0];
        decoder.Decode(ids, positions);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i <= 10; i++)
        {
            positions.AsSpan().Fill(i);
            decoder.Decode(ids, positions);
        }
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 10, 0, 256); // what the binding's call itself takes
    }

    /// <summary>Memory of its own, as a GPU has it: all that the host writes is sent there before a run, and logits come back.</summary>
    [Theory]
    [InlineData("tensorrt")]
    [InlineData("tensorrt-10.3")]
    public void Decoder_MemoryOfItsOwn_MatchesTheCpuForm(string form)
    {
        using var bundle = FormStudent.Write(_directory.File("bundle"), "qwen3 head 24");
        var memory = new SeparateMemory();
        using var expected = Cpu(bundle);
        using (var actual = Static(bundle, form, memory: memory))
        {
            Agree(expected, actual);
            DecoderAgreement.Prefixes(expected, actual);
        }
        Assert.Equal(0, memory.Live);
    }

    private static void Agree(OnnxDecoder expected, StaticDecoder actual)
    {
        int[][] prompts = [[1, 2, 3, 4, 5, 6, 7, 8], [11, 12, 13], [.. Enumerable.Range(40, 19)]];
        for (var row = 0; row < prompts.Length; row++)
        {
            for (var start = 0; start < prompts[row].Length; start += Chunk)
            {
                var part = prompts[row].AsSpan(start, Math.Min(Chunk, prompts[row].Length - start));
                Same(expected.Prefill(row, part, start).ToArray(), actual.Prefill(row, part, start));
            }
        }
        var positions = prompts.Select(p => p.Length).ToArray();
        for (var step = 0; step < 6; step++)
        {
            int[] ids = [60 + step, 90 - step, 7 * step];
            Same(expected.Decode(ids, positions).ToArray(), actual.Decode(ids, positions));
            for (var row = 0; row < positions.Length; row++) positions[row]++;
        }
    }

    private static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0;
        for (var i = 0; i < expected.Length; i++) worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        Assert.InRange(worst, 0, Tolerance);
    }
}
