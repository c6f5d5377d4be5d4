using EdgeAgent.Bundles;
using EdgeAgent.Cli;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Tests.Bundles;
using EdgeAgent.Tests.Inference.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Decoders;

/// <summary>The provider that was asked for, has a form for the model and is in the library is the one the model runs on.</summary>
public sealed class DecoderFactoryTests : IDisposable
{
    private const string TensorRt = "TensorrtExecutionProvider", Cuda = "CUDAExecutionProvider";
    private static readonly FixedCatalog Everything = new(null, TensorRt, Cuda, "CPUExecutionProvider");
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>A form with a decoder that needs no model; remembers the decoders it made.</summary>
    private sealed class ScriptedForm(string name, ExecutionProvider provider, bool accepts = true) : IDecoderForm
    {
        public string Name => name;
        public ExecutionProvider Provider => provider;
        public List<ScriptedDecoder> Created { get; } = [];

        public bool Accepts(OpenModel model) => accepts;

        public IDecoder Create(OpenModel model, DecoderOptions options)
        {
            Created.Add(new ScriptedDecoder(rows: 3));
            return Created[^1];
        }
    }

    private string TinyBundle()
    {
        TinyStudent.Import(_directory.Path, Quantization.None).Dispose();
        return _directory.File("bundle");
    }

    private string ForeignDirectory()
    {
        File.WriteAllText(_directory.File("model.onnx"), "");
        File.WriteAllText(_directory.File("config.json"), """{"vocab_size":1000,"n_positions":512,"eos_token_id":98}""");
        return _directory.Path;
    }

    private static ExecutionProviderChoice Choose(OpenModel model, ExecutionProvider? require, params IDecoderForm[] forms)
    {
        var (choice, form) =
            new DecoderFactory([.. forms, .. DecoderFactory.Forms.Where(f => f.Provider == ExecutionProvider.Cpu)], Everything)
                .Choose(model, ExecutionProviders.DefaultPreference, require);
        Assert.Equal((choice.Got, choice.Form), (form.Provider, form.Name));
        return choice;
    }

    [Fact]
    public void Choose_FirstPreferredProviderHasAForm_IsTakenInThatForm()
    {
        using var model = OpenModel.Open(TinyBundle());
        var choice = Choose(model, null, new ScriptedForm("tensorrt", ExecutionProvider.TensorRT));
        Assert.Equal((ExecutionProvider.TensorRT, "tensorrt"), (choice.Got, choice.Form));
        Assert.Empty(choice.Reasons);
        Assert.Equal("TensorRT, form tensorrt", choice.ToString());
    }

    [Fact]
    public void Choose_ProviderWithoutAForm_IsPassedOverWithItsReason()
    {
        using var model = OpenModel.Open(TinyBundle());
        var choice = Choose(model, null, new ScriptedForm("cuda", ExecutionProvider.Cuda));
        Assert.Equal((ExecutionProvider.Cuda, "cuda"), (choice.Got, choice.Form));
        Assert.Equal(["TensorRT: available, but this version of the agent has no graph form for it"], choice.Reasons);
    }

    [Fact]
    public void Choose_RequiredProviderWithoutAForm_FailsWithThatReason()
    {
        using var model = OpenModel.Open(TinyBundle());
        var error = Assert.Throws<ExecutionProviderException>(() => Choose(model, ExecutionProvider.Cuda));
        Assert.Contains("required execution provider Cuda is available: Cuda: available, but", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Forms are asked about the model: one that does not take it leaves its provider without a form.</summary>
    [Fact]
    public void Choose_FormThatRefusesTheModel_LeavesTheNextFormOrProvider()
    {
        using var model = OpenModel.Open(TinyBundle());
        var old = new ScriptedForm("tensorrt-10.3", ExecutionProvider.TensorRT);
        Assert.Equal("tensorrt-10.3",
            Choose(model, null, new ScriptedForm("tensorrt", ExecutionProvider.TensorRT, accepts: false), old).Form);
        var none = Choose(model, null, new ScriptedForm("tensorrt", ExecutionProvider.TensorRT, accepts: false));
        Assert.Equal((ExecutionProvider.Cpu, "cpu"), (none.Got, none.Form));
    }

    [Fact]
    public void Choose_ForeignDecoder_RunsInItsOwnFormOnTheCpu()
    {
        using var model = OpenModel.Open(ForeignDirectory());
        var choice = Choose(model, null);
        Assert.Equal((ExecutionProvider.Cpu, "foreign", 2), (choice.Got, choice.Form, choice.Reasons.Count));
    }

    private sealed class FailingForm(ExecutionProvider provider, Exception failure) : IDecoderForm
    {
        public string Name => "failing";
        public ExecutionProvider Provider => provider;

        public bool Accepts(OpenModel model) => model.Bundle is not null;

        public IDecoder Create(OpenModel model, DecoderOptions options) => throw failure;
    }

    /// <summary>A device that does not work is passed over like one that is missing, and the reason says what it did.</summary>
    [Fact]
    public void Load_DevicesThatFail_ServesOnTheNextProviderWithEveryReason()
    {
        var factory = new DecoderFactory(
            [
                new FailingForm(ExecutionProvider.TensorRT, new EngineException("no engine could be built (int4: no kernel)")),
                new FailingForm(ExecutionProvider.Cuda, new DeviceException("CUDA refuses cudaMemGetInfo: no device (error 100)")),
                .. DecoderFactory.Forms.Where(f => f.Provider == ExecutionProvider.Cpu),
            ], Everything);
        var options = new StudentOptions { Decoder = new DecoderOptions { Rows = 1 } };
        using (var student = Student.Load(TinyBundle(), options, TimeProvider.System, NullLogger.Instance, factory))
            Assert.Equal("Cpu, form cpu (TensorRT: form failing cannot be used: no engine could be built (int4: no kernel); " +
                "Cuda: form failing cannot be used: CUDA refuses cudaMemGetInfo: no device (error 100))", student.Provider.ToString());
        var error = Assert.Throws<ExecutionProviderException>(() => Student.Load(_directory.File("bundle"),
            options with { Require = ExecutionProvider.Cuda }, TimeProvider.System, NullLogger.Instance, factory));
        Assert.Contains("cudaMemGetInfo", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A defect of ours is no reason to serve on another provider: it must be seen.</summary>
    [Fact]
    public void Load_FormWithADefect_Throws()
    {
        var factory = new DecoderFactory(
            [new FailingForm(ExecutionProvider.Cuda, new InvalidOperationException("defect")), new CpuForm()], Everything);
        Assert.Throws<InvalidOperationException>(() =>
            Student.Load(TinyBundle(), new StudentOptions(), TimeProvider.System, NullLogger.Instance, factory));
    }

    /// <summary>A damaged student is not blamed on the devices that were tried first.</summary>
    [Fact]
    public void Load_DamagedStudent_FailsWithTheCpusWords()
    {
        var factory = new DecoderFactory(
            [
                new FailingForm(ExecutionProvider.Cuda, new ModelFileException("graph", "a graph", "nonsense")),
                new FailingForm(ExecutionProvider.Cpu, new ModelFileException("bundle", "a student", "the CPU's words")),
            ], Everything);
        var error = Assert.Throws<ModelFileException>(() =>
            Student.Load(TinyBundle(), new StudentOptions(), TimeProvider.System, NullLogger.Instance, factory));
        Assert.Contains("the CPU's words", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The chosen form's decoder is the one that answers, and is disposed of with its student.</summary>
    [Fact]
    public void Load_FormOfTheChosenProvider_ItsDecoderAnswers()
    {
        var form = new ScriptedForm("tensorrt", ExecutionProvider.TensorRT);
        var student = Student.Load(TinyBundle(), new StudentOptions(), TimeProvider.System, NullLogger.Instance,
            new DecoderFactory([form, new CpuForm()], Everything));
        var decoder = Assert.Single(form.Created);
        using (student)
        {
            Assert.Equal((ExecutionProvider.TensorRT, 3), (student.Provider.Got, student.Rows));
            // the scripted decoder counts up
            Assert.Equal([66, 67, 68],
                ModelInstruments.Generate(student,
                    new GenerationRequest([65], new SamplingOptions { MaxTokens = 3, IgnoreEos = true })).Ids);
            Assert.False(decoder.IsDisposed);
        }
        Assert.True(decoder.IsDisposed);
    }
}
