using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Tests.Inference.Graph.Forms;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Decoders.Devices;

/// <summary>
/// The decoder that serves on CUDA, in float32 on the CPU provider with a memory of its own: everything but the GPU is what a device runs.
/// </summary>
public sealed class CudaFormTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private PreparedStore Store => new(_directory.File("engines"), TimeProvider.System, NullLogger.Instance);

    internal static DecoderOptions Sizes => new() { Rows = 3, Context = 40, Chunk = 8, Threads = 1, Spinning = false, AccuracyLevel = 1 };

    [Theory]
    [MemberData(nameof(FormStudent.Names), MemberType = typeof(FormStudent))]
    public void Decoder_PrefillDecodeMovesAndPrefixes_MatchTheCpuForm(string student)
    {
        FormStudent.Write(_directory.File("bundle"), student).Dispose();
        using var model = OpenModel.Open(_directory.File("bundle"));
        var gpu = new StandInGpu();
        using var expected = new CpuForm().Create(model, Sizes);
        using (var actual = new CudaForm(gpu).Create(model, Sizes))
        {
            DecoderAgreement.All(expected, actual);
            DecoderAgreement.Prefixes(expected, actual);
            Assert.NotEqual(expected.PositionFormat, actual.PositionFormat);
        }
        Assert.Equal(0, gpu.Own.Live);
    }

    /// <summary>The rows' logits come back together: a copy for each row would cost a step as many round trips.</summary>
    [Fact]
    public void Decode_LogitsOfAllRows_ComeBackInOneCopy()
    {
        FormStudent.Write(_directory.File("bundle"), "llama").Dispose();
        using var model = OpenModel.Open(_directory.File("bundle"));
        var gpu = new StandInGpu();
        using var decoder = new CudaForm(gpu).Create(model, Sizes);
        for (var row = 0; row < 3; row++) decoder.Prefill(row, [1, 2], 0);
        var before = gpu.Own.Downloads;
        decoder.Decode([1, 2, 3], [2, 2, 2]);
        Assert.Equal(1, gpu.Own.Downloads - before);
    }

    /// <summary>Half precision is what a GPU computes in; the CPU provider has these operators in it too.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("llama tied, 4 bits")]
    public void Decoder_HalfPrecision_IsNearTheCpuForm(string student)
    {
        FormStudent.Write(_directory.File("bundle"), student).Dispose();
        using var model = OpenModel.Open(_directory.File("bundle"));
        using var expected = new CpuForm().Create(model, Sizes);
        using var actual = new CudaForm(new StandInGpu { Precision = FloatPrecision.Fp16 }).Create(model, Sizes);
        DecoderAgreement.All(expected, actual, 5e-2);
        DecoderAgreement.Prefixes(expected, actual, 5e-2);
        Assert.Equal(expected.PositionBytes, 2 * actual.PositionBytes);
    }

    [Fact]
    public void Create_SecondTime_TakesTheKeptWeights()
    {
        FormStudent.Write(_directory.File("bundle"), "llama").Dispose();
        using var model = OpenModel.Open(_directory.File("bundle"));
        var options = Sizes with { Devices = Store };
        var form = new CudaForm(new StandInGpu());
        form.Create(model, options).Dispose();
        var weights = Assert.Single(Directory.GetFiles(_directory.File("engines"), "weights.safetensors", SearchOption.AllDirectories));
        var written = File.GetLastWriteTimeUtc(weights);
        form.Create(model, options).Dispose();
        Assert.Equal(written, File.GetLastWriteTimeUtc(weights));

        using (var damaged = File.OpenWrite(weights)) damaged.Write([1, 2, 3, 4]);
        using var expected = new CpuForm().Create(model, Sizes);
        using var again = form.Create(model, options);
        DecoderAgreement.All(expected, again);
    }

    /// <summary>A GPU whose memory does not suffice is told apart from a broken student.</summary>
    [Fact]
    public void Create_TooLittleMemory_SaysWhatIsNeeded()
    {
        FormStudent.Write(_directory.File("bundle"), "llama").Dispose();
        using var model = OpenModel.Open(_directory.File("bundle"));
        var gpu = new StandInGpu { Own = new SeparateMemory { FreeBytes = 60_000 } };
        var error = Assert.Throws<StudentMemoryException>(() => new CudaForm(gpu).Create(model, Sizes));
        Assert.Contains("free", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, gpu.Own.Live);
    }
}
