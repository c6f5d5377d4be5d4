using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Tests.Inference.Decoders;
using EdgeAgent.Tests.Inference.Decoders.Devices;
using EdgeAgent.Tests.Inference.Graph.Forms;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Serving;

/// <summary>A builder in a process of its own, played by shell scripts: it refuses, hangs, eats memory, is killed, or builds.</summary>
public sealed class ChildEngineBuilderTests : IDisposable
{
    private const string TensorRt = "TensorrtExecutionProvider", Cpu = "CPUExecutionProvider";

    private readonly TemporaryDirectory _directory = new();
    private readonly StandInGpu _gpu = new();
    private readonly List<string> _progress = [];
    private readonly List<IReadOnlyList<string>> _asked = [];

    public void Dispose() => _directory.Dispose();

    private StudentOptions Students => new()
    {
        Decoder = CudaFormTests.Sizes with
        {
            Devices = new PreparedStore(_directory.File("engines"), TimeProvider.System, NullLogger.Instance)
        },
        EngineBuildTimeout = TimeSpan.FromMinutes(5),
        EngineBuildMegabytes = 2000,
    };

    private TensorRtForm Form => new(GraphForm.TensorRt, _gpu);

    private string Bundle()
    {
        if (!Directory.Exists(_directory.File("bundle"))) FormStudent.Write(_directory.File("bundle"), "llama").Dispose();
        return _directory.File("bundle");
    }

    /// <param name="scripts">What the builder does, by variant; the last one for the others.</param>
    private Task<EngineBuild> BuildAsync(StudentOptions students, params (string Variant, string Script)[] scripts)
    {
        var factory = new DecoderFactory([Form, new CpuForm()], new FixedCatalog(null, TensorRt, Cpu));
        var builder = new ChildEngineBuilder(students, TimeProvider.System, factory, arguments =>
        {
            _asked.Add(arguments);
            var variant = arguments[4];
            var script = scripts.FirstOrDefault(s => s.Variant == variant).Script ?? scripts[^1].Script;
            if (script == "build") Build(variant);
            return new ChildCommand("bash", ["-c", script == "build" ? "echo built" : script]);
        });
        return builder.BuildAsync(Bundle(), line =>
        {
            lock (_progress) _progress.Add(line);
        }, TestContext.Current.CancellationToken);
    }

    private void Build(string variant)
    {
        using var model = OpenModel.Open(Bundle());
        Form.Build(model, Students.Decoder, variant, _ => { });
    }

    [Fact]
    public async Task Build_FirstVariantTaken_IsNewAndNotBuiltAgain()
    {
        Assert.Equal(new EngineBuild(true, null), await BuildAsync(Students, ("int4", "build")));
        Assert.Equal(["model", "build", Bundle(), "--variant", "int4", "--store", _directory.File("engines"), "--providers",
            "TensorRT,Cuda,Cpu", "--rows", "3", "--context", "40", "--chunk", "8"], Assert.Single(_asked));
        Assert.Contains("built", _progress);
        Assert.Equal(EngineBuild.NotNeeded, await BuildAsync(Students, ("int4", "exit 1")));
        Assert.Single(_asked);
    }

    /// <summary>Whatever one builder does, the next variant is tried; the progress says what happened.</summary>
    [Fact]
    public async Task Build_BuilderRefusesEatsMemoryOrIsKilled_TakesTheNextVariant()
    {
        var build = await BuildAsync(Students with { EngineBuildMegabytes = 40 },
            ("int4", "echo decode engine; echo 'edge-agent: Error Code 10: no implementation for INT4' >&2; exit 1"),
            ("int4-matmul", "x=$(head -c 90000000 /dev/zero | tr '\\0' x); sleep 600"),
            ("fp16", "kill -9 $$"),
            ("fp16-matmul", "build"));
        Assert.Equal(new EngineBuild(true, null), build);
        Assert.Contains("decode engine", _progress);
        Assert.Contains("int4: Error Code 10: no implementation for INT4", _progress);
        Assert.Contains(_progress, l => l.StartsWith("int4-matmul: the builder took ", StringComparison.Ordinal)
            && l.Contains("and 40 MB are allowed", StringComparison.Ordinal));
        Assert.Contains("fp16: the builder ended with code 137 and said nothing", _progress);
    }

    [Fact]
    public async Task Build_BuilderHangs_IsKilledAtTheLimit()
    {
        var build = await BuildAsync(Students with { EngineBuildTimeout = TimeSpan.FromMilliseconds(300) }, ("", "sleep 600"));
        Assert.False(build.IsNew);
        Assert.All(Form.Variants,
            v => Assert.Contains($"{v}: the builder did not end within 0 s", build.Failure, StringComparison.Ordinal));
    }

    /// <summary>An exit code alone proves nothing: a sealed engine must be there.</summary>
    [Fact]
    public async Task Build_BuilderLeavesNothing_IsAFailure()
    {
        var build = await BuildAsync(Students, ("", "exit 0"));
        Assert.False(build.IsNew);
        Assert.Contains("int4: the builder ended well and left no sealed engine", build.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_AnotherProviderServes_StartsNothing()
    {
        _gpu.TensorRt = null;
        Assert.Equal(EngineBuild.NotNeeded, await BuildAsync(Students, ("", "exit 1")));
        Assert.Equal(EngineBuild.NotNeeded,
            await new ChildEngineBuilder(new StudentOptions(), TimeProvider.System).BuildAsync(Bundle(), _ => { },
                TestContext.Current.CancellationToken));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task Build_BuilderThatCannotStart_IsAnIoError()
    {
        var factory = new DecoderFactory([Form, new CpuForm()], new FixedCatalog(null, TensorRt, Cpu));
        var builder = new ChildEngineBuilder(Students, TimeProvider.System, factory, _ => new ChildCommand("/no/such/builder", []));
        await Assert.ThrowsAsync<IOException>(() => builder.BuildAsync(Bundle(), _ => { }, TestContext.Current.CancellationToken));
    }
}
