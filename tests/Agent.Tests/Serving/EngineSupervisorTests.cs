using System.Collections.Concurrent;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Serving;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Serving;

/// <summary>A failing engine is unloaded, loaded again and serves again; failures of other causes do not count.</summary>
public sealed class EngineSupervisorTests
{
    private static string Bundled => Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent);

    private static StudentOptions Options(Func<IDecoder, IDecoder>? around = null) =>
        new() { Decoder = new DecoderOptions { Rows = 4, Threads = 1, Spinning = false }, Around = around };

    private static Student Load(StudentOptions options) => Student.Load(Bundled, options, TimeProvider.System, NullLogger.Instance);

    private static EngineSupervisor Supervise(StudentRouter router, StudentOptions options, SupervisorOptions supervisor) =>
        new(router, (_, _, _) => Task.FromResult(Load(options)), [ExecutionProvider.Cpu], supervisor, TimeProvider.System,
            NullLogger.Instance);

    private static async Task<string> AskAsync(SupervisedChatClient client, string question = "?", ChatOptions? options = null) =>
        (await client.GetResponseAsync([new ChatMessage(ChatRole.User, question)], options ?? new ChatOptions { MaxOutputTokens = 4 },
            TestContext.Current.CancellationToken)).Text;

    [Fact]
    public async Task Supervisor_LoadKeepsFailing_BacksOffAndTriesTheNextProvider()
    {
        var clock = TimeProvider.System;
        var broken = true;
        var options = Options(d => new BrokenDecoder(d, () => broken));
        using var router = new StudentRouter(Load(options), clock);
        var tried = new ConcurrentQueue<(ExecutionProvider First, long At)>();
        await using var supervisor = new EngineSupervisor(router, (_, providers, _) =>
        {
            tried.Enqueue((providers[0], clock.GetTimestamp()));
            if (providers[0] != ExecutionProvider.Cpu) throw new InvalidOperationException("no such device");
            broken = false;
            return Task.FromResult(Load(options));
        }, [ExecutionProvider.TensorRT, ExecutionProvider.Cuda, ExecutionProvider.Cpu],
            new SupervisorOptions { FailuresAtLeast = 2, BackOff = TimeSpan.FromSeconds(0.1), MaxBackOff = TimeSpan.FromSeconds(0.3) },
            clock, NullLogger.Instance);
        using var client = new SupervisedChatClient(router, supervisor);
        for (var i = 0; i < 2; i++) await Assert.ThrowsAsync<InferenceException>(() => AskAsync(client));
        await Assert.ThrowsAsync<StudentAwayException>(() => AskAsync(client));
        await Waiting.ForAsync(() => supervisor.Health is { State: EngineState.Serving, Restarts: > 0 });
        Assert.Equal([ExecutionProvider.TensorRT, ExecutionProvider.TensorRT, ExecutionProvider.Cuda, ExecutionProvider.Cuda,
            ExecutionProvider.Cpu], tried.Select(t => t.First));
        var gaps = tried.Zip(tried.Skip(1), (a, b) => clock.GetElapsedTime(a.At, b.At).TotalSeconds).ToList();
        Assert.True(gaps[0] > 0.15 && gaps[1] > 0.25 && gaps[2] > 0.25, string.Join(' ', gaps));
        Assert.NotEmpty(await AskAsync(client));
    }

    [Theory]
    [InlineData(0, "TensorRT")]
    [InlineData(1, "TensorRT")]
    [InlineData(2, "Cuda")]
    [InlineData(4, "Cpu")]
    [InlineData(400, "Cpu")]
    public void Providers_AttemptsGoOn_TheLastOneStays(int attempt, string first) =>
        Assert.Equal(first,
            EngineSupervisor.ProvidersFor([ExecutionProvider.TensorRT, ExecutionProvider.Cuda, ExecutionProvider.Cpu], attempt,
                2)[0].ToString());

    /// <summary>At L4 the student is unloaded, and loaded again once the device has cooled.</summary>
    [Fact]
    public async Task Supervisor_TooHot_UnloadsAndComesBack()
    {
        using var router = new StudentRouter(Load(Options()), TimeProvider.System);
        await using var supervisor = Supervise(router, Options(), new SupervisorOptions());
        using var client = new SupervisedChatClient(router, supervisor);
        supervisor.Heat(true);
        await Waiting.ForAsync(() => router.IsParked && supervisor.Health.State == EngineState.Parked);
        await Assert.ThrowsAsync<StudentAwayException>(() => AskAsync(client));
        supervisor.Heat(false);
        await Waiting.ForAsync(() => !router.IsParked && supervisor.Health.State == EngineState.Serving);
        Assert.NotEmpty(await AskAsync(client));
    }

    /// <summary>Refused and cancelled queries, and answers abandoned half-way, do not count as failures of the engine.</summary>
    [Fact]
    public async Task Client_QueriesRefusedCancelledOrAbandoned_CircuitStaysClosed()
    {
        using var router = new StudentRouter(Load(Options()), TimeProvider.System);
        await using var supervisor = Supervise(router, Options(), new SupervisorOptions { FailuresAtLeast = 2, FailureRatio = 0.05 });
        using var client = new SupervisedChatClient(router, supervisor);
        for (var i = 0; i < 4; i++)
        {
            await Assert.ThrowsAsync<PromptTooLongException>(() => AskAsync(client, string.Concat(Enumerable.Repeat("a b ", 5000))));
            await Assert.ThrowsAsync<ArgumentException>(() => AskAsync(client, options: new ChatOptions { Temperature = 7 }));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync(
                [new ChatMessage(ChatRole.User, "?")], null, new CancellationToken(canceled: true)));
            await foreach (var update in client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "What does SP-44 mean?")], null,
                TestContext.Current.CancellationToken))
                break;
        }
        Assert.NotEmpty(await AskAsync(client));
        Assert.Equal(new EngineHealth(EngineState.Serving, 0, null), supervisor.Health);
    }

    /// <summary>An answer that fails because its student was replaced meanwhile does not count against the new one.</summary>
    [Fact]
    public async Task Client_StudentReplacedWhileItAnswered_IsAwayAndDoesNotCount()
    {
        using var release = new ManualResetEventSlim();
        FaultyDecoder? first = null;
        using var router = new StudentRouter(Load(Options(d => first = new FaultyDecoder(d, release))), TimeProvider.System);
        await using var supervisor = Supervise(router, Options(),
            new SupervisorOptions { FailuresAtLeast = 2, FailureRatio = 0.05, StallTimeout = TimeSpan.FromSeconds(600) });
        using var client = new SupervisedChatClient(router, supervisor);
        first!.Hang();
        var answers = Enumerable.Range(0, 3).Select(_ => AskAsync(client)).ToList();
        await Waiting.ForAsync(() => router.Current!.Engine.Load is { Active: > 0 });
        router.BeginTrial(Load(Options()), share: 0, TimeSpan.FromSeconds(20));
        router.Promote();
        release.Set(); // the old student's step fails only now
        foreach (var answer in answers) await Assert.ThrowsAnyAsync<Exception>(() => answer);
        Assert.All(answers, a => Assert.IsType<StudentAwayException>(a.Exception!.InnerException));
        Assert.NotEmpty(await AskAsync(client));
        Assert.Equal(new EngineHealth(EngineState.Serving, 0, null), supervisor.Health);
    }
}
