using EdgeAgent.Bundles;
using EdgeAgent.Cli;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
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
            new DecoderFactory([.. forms, .. DecoderFactory.Forms], Everything)
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

    /// <summary>The chosen form's decoder is the one that answers, and is disposed of with its student.</summary>
    [Fact]
    public void Load_FormOfTheChosenProvider_ItsDecoderAnswers()
    {
        var form = new ScriptedForm("tensorrt", ExecutionProvider.TensorRT);
        var student = Student.Load(TinyBundle(), new StudentOptions(), TimeProvider.System, NullLogger.Instance,
            new DecoderFactory([form, .. DecoderFactory.Forms], Everything));
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
