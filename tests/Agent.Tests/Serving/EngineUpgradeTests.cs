using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Serving;
using EdgeAgent.Tests.Bundles;
using EdgeAgent.Tests.Inference.Decoders;
using EdgeAgent.Tests.Inference.Decoders.Devices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Serving;

/// <summary>A start without engines serves at once on the next provider; built engines take over without failing a query.</summary>
public sealed class EngineUpgradeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StandInGpu _gpu = new();
    private readonly DecoderFactory _factory;

    public EngineUpgradeTests()
    {
        TinyStudent.Import(_directory.Path, Quantization.RoundToNearest).Dispose();
        _factory = new DecoderFactory([new TensorRtForm(GraphForm.TensorRt, _gpu), new CpuForm()],
            new FixedCatalog(null, "TensorrtExecutionProvider", "CPUExecutionProvider"));
    }

    public void Dispose() => _directory.Dispose();

    private StudentOptions Options => new()
    {
        Decoder = new DecoderOptions
        {
            Rows = 2,
            Context = 64,
            Chunk = 16,
            Threads = 1,
            Spinning = false,
            Devices = new PreparedStore(_directory.File("engines"), TimeProvider.System, NullLogger.Instance),
        }
    };

    private Student Load() =>
        Student.Load(_directory.File("bundle"), Options, TimeProvider.System, NullLogger.Instance, _factory);

    /// <summary>Builds in this process.</summary>
    private sealed class Builder(Func<string, EngineBuild> build) : IEngineBuilder
    {
        public Task<EngineBuild> BuildAsync(string directory, Action<string> progress, CancellationToken cancellationToken)
        {
            progress("decode engine");
            return Task.FromResult(build(directory));
        }
    }

    private EngineBuild Build(string directory)
    {
        using var model = OpenModel.Open(directory);
        var form = _factory.Unbuilt(model, Options.Providers, null, Options.Decoder)!;
        form.Build(model, Options.Decoder, form.Variants[0], _ => { });
        return new EngineBuild(true, null);
    }

    private Task RunAsync(StudentRouter router, Func<string, EngineBuild> build) =>
        new EngineUpgrade(router, new Builder(build), (_, _) => Task.FromResult(Load()), NullLogger.Instance)
            .RunAsync(TestContext.Current.CancellationToken);

    private static async Task AskAsync(StudentRouter router)
    {
        var answer = await router.GetResponseAsync([new ChatMessage(ChatRole.User, "a")], new ChatOptions { MaxOutputTokens = 2 },
            TestContext.Current.CancellationToken);
        Assert.NotNull(answer.FinishReason);
    }

    [Fact]
    public async Task Start_WithoutEngines_ServesOnTheCpuThenOnTensorRt()
    {
        using var router = new StudentRouter(Load(), TimeProvider.System);
        Assert.Equal(ExecutionProvider.Cpu, router.Current!.Provider.Got);
        Assert.Contains("TensorRT: form tensorrt cannot be used: no engines are built", router.Current!.Provider.ToString(),
            StringComparison.Ordinal);
        await AskAsync(router);
        await RunAsync(router, Build);
        Assert.Equal("TensorRT, form tensorrt", router.Current.Provider.ToString());
        await AskAsync(router);
        Assert.Equal(0, router.Current.Engine.Load.Active);
        using var next = Load(); // the next start finds them
        Assert.Equal(ExecutionProvider.TensorRT, next.Provider.Got);
    }

    [Fact]
    public async Task Start_BuilderRefuses_GoesOnServing()
    {
        using var router = new StudentRouter(Load(), TimeProvider.System);
        var serving = router.Current;
        await RunAsync(router, _ => new EngineBuild(false, "int4: no implementation"));
        await RunAsync(router, _ => throw new IOException("the builder did not start"));
        Assert.Same(serving, router.Current);
        await AskAsync(router);
    }

    /// <summary>An update that took over while the engines were built is not undone.</summary>
    [Fact]
    public async Task Build_AnotherStudentTookOver_LeavesItServing()
    {
        using var router = new StudentRouter(Load(), TimeProvider.System);
        Student? promoted = null;
        await RunAsync(router, directory =>
        {
            router.BeginTrial(Load(), 1, TimeSpan.FromSeconds(20));
            router.Promote();
            promoted = router.Current;
            return Build(directory);
        });
        Assert.Same(promoted, router.Current);
        await AskAsync(router);
    }
}
