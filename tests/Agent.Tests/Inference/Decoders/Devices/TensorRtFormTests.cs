using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Tests.Inference.Graph.Forms;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Decoders.Devices;

/// <summary>The TensorRT forms as they serve: engines are built once, sealed, found again, and built anew when their key changes.</summary>
public sealed class TensorRtFormTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StandInGpu _gpu = new();

    public void Dispose() => _directory.Dispose();

    private DecoderOptions Sizes => CudaFormTests.Sizes with
    {
        Devices = new PreparedStore(_directory.File("engines"), TimeProvider.System, NullLogger.Instance)
    };

    private TensorRtForm Form => new(GraphForm.TensorRt, _gpu);

    private OpenModel Model(string student = "llama")
    {
        if (!Directory.Exists(_directory.File("bundle"))) FormStudent.Write(_directory.File("bundle"), student).Dispose();
        return OpenModel.Open(_directory.File("bundle"));
    }

    [Theory]
    [InlineData("tensorrt", "llama")]
    [InlineData("tensorrt", "qwen3 head norms")]
    [InlineData("tensorrt-10.3", "llama offsets")]
    public void Decoder_BuiltAndLoaded_MatchesTheCpuForm(string form, string student)
    {
        using var model = Model(student);
        _gpu.TensorRt = form == "tensorrt" ? new Version(10, 16) : new Version(10, 3);
        var built = new TensorRtForm(FormNames.Forms[form], _gpu);
        Assert.True(built.Accepts(model));
        built.Build(model, Sizes, "int4", _ => { });
        using var expected = new CpuForm().Create(model, Sizes);
        using (var actual = built.Create(model, Sizes))
        {
            DecoderAgreement.All(expected, actual);
            DecoderAgreement.Prefixes(expected, actual);
        }
        Assert.Equal(2, _gpu.Built.Distinct().Count());
        Assert.Equal(2, _gpu.Built.Count);
        Assert.Equal(0, _gpu.Own.Live);
    }

    /// <summary>Each version of TensorRT is served by one form; versions before the first are served by none.</summary>
    [Theory]
    [InlineData("10.16.2", true, false)]
    [InlineData("10.15", true, false)]
    [InlineData("10.14", false, true)]
    [InlineData("10.3.0", false, true)]
    [InlineData("8.6", false, false)]
    [InlineData(null, false, false)]
    public void Accepts_VersionOfTheLibrary_DecidesTheForm(string? version, bool isNew, bool isOld)
    {
        using var model = Model();
        _gpu.TensorRt = version is null ? null : Version.Parse(version);
        Assert.Equal((isNew, isOld), (Form.Accepts(model), new TensorRtForm(GraphForm.TensorRt103, _gpu).Accepts(model)));
    }

    [Fact]
    public void Create_NothingBuilt_IsPassedOverOrBuildsAsAsked()
    {
        using var model = Model();
        Assert.False(Form.IsBuilt(model, Sizes));
        var error = Assert.Throws<EngineException>(() => Form.Create(model, Sizes));
        Assert.Contains("edge-agent model build", error.Message, StringComparison.Ordinal);
        Assert.Empty(_gpu.Built);
        Form.Create(model, Sizes with { BuildsEngines = true }).Dispose();
        Assert.True(Form.IsBuilt(model, Sizes));
        Form.Create(model, Sizes).Dispose();
        Assert.Equal(2, _gpu.Built.Count);
    }

    /// <summary>What the engines depend on is in their key; a damaged one is not trusted.</summary>
    [Fact]
    public void IsBuilt_OtherSizesLibraryGpuOrDamage_IsNot()
    {
        using var model = Model();
        Form.Build(model, Sizes, "int4", _ => { });
        Assert.True(Form.IsBuilt(model, Sizes));
        Assert.False(Form.IsBuilt(model, Sizes with { Rows = 2 }));
        Assert.False(Form.IsBuilt(model, Sizes with { Context = 48 }));
        Assert.False(Form.IsBuilt(model, Sizes with { Chunk = 16 }));
        _gpu.TensorRt = new Version(10, 16, 3);
        Assert.False(Form.IsBuilt(model, Sizes));
        _gpu.TensorRt = new Version(10, 16, 2);
        _gpu.Architecture = "sm90";
        Assert.False(Form.IsBuilt(model, Sizes));
        _gpu.Architecture = "sm87";
        Assert.True(Form.IsBuilt(model, Sizes));
        var engine = Directory.GetFiles(_directory.File("engines"), "*.engine", SearchOption.AllDirectories)[0];
        File.AppendAllText(engine, "x");
        Assert.False(Form.IsBuilt(model, Sizes));
    }

    /// <summary>A builder that takes no INT4 gets FP16; what it says to all of them is told when it takes none.</summary>
    [Fact]
    public void Create_BuilderRefusesInt4_TakesTheNextVariant()
    {
        using var model = Model();
        _gpu.Refuse = name => name.Contains("int4", StringComparison.Ordinal) ? "no implementation for INT4 on this GPU" : null;
        using (var expected = new CpuForm().Create(model, Sizes))
        using (var actual = Form.Create(model, Sizes with { BuildsEngines = true })) DecoderAgreement.All(expected, actual);
        Assert.All(_gpu.Built, name => Assert.Contains("-fp16-fused", name, StringComparison.Ordinal));

        _gpu.Architecture = "sm88";
        _gpu.Refuse = _ => "no implementation at all";
        var error = Assert.Throws<EngineException>(() => Form.Create(model, Sizes with { BuildsEngines = true }));
        Assert.All(Form.Variants, v => Assert.Contains($"{v}: no implementation at all", error.Message, StringComparison.Ordinal));
        Assert.Equal(0, _gpu.Own.Live);
    }

    /// <summary>An engine took minutes: it is not thrown away because the memory is taken today.</summary>
    [Fact]
    public void Create_NoMemoryToday_KeepsTheEngines()
    {
        using var model = Model();
        Form.Build(model, Sizes, "int4", _ => { });
        var poor = new StandInGpu { Own = new SeparateMemory { FreeBytes = 10_000 } };
        Assert.Throws<StudentMemoryException>(() => new TensorRtForm(GraphForm.TensorRt, poor).Create(model, Sizes));
        Assert.True(Form.IsBuilt(model, Sizes));
        Assert.Equal(2, _gpu.Built.Count);
    }

    /// <summary>TensorRT takes addresses that are multiples of 256 bytes, that of every row among them.</summary>
    [Theory]
    [InlineData(8, 1)]
    [InlineData(16, 2)]
    [InlineData(24, 1)]
    [InlineData(128, 8)]
    public void CacheLength_RowsInHalfPrecision_AreAligned(int headSize, int kvHeads)
    {
        foreach (var context in new[] { 8, 41, 2047, 4096 })
        {
            var options = new FormOptions { Form = GraphForm.TensorRt, Context = context, Chunk = 33 };
            Assert.Equal(0, options.CacheLength * headSize * kvHeads * 2 % 256);
            Assert.InRange(options.CacheLength, context + 33, context + 48);
        }
    }

    [Theory]
    [InlineData(101602, "10.16.2")]
    [InlineData(100300, "10.3.0")]
    [InlineData(110000, "11.0.0")]
    [InlineData(8602, "8.6.2")]
    public void Version_OfTheLibrarysNumber(int number, string expected) =>
        Assert.Equal(Version.Parse(expected), TensorRtLibrary.Of(number));
}
