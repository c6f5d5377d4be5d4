using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Tests.Queries;
using EdgeAgent.Tests.Serving;
using EdgeAgent.Thermal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Polly;
using Polly.Simmy;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>An engine that breaks, hangs or is too hot never leaves a query without its end.</summary>
public sealed class ResilienceTests : IDisposable
{
    private static readonly int Faults = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 12 : 200;
    private readonly TemporaryDirectory _root = new();
    private readonly RecordingPublisher _publisher = new();
    private readonly Desensitizer _desensitizer = new(new PrivacyOptions(), entities: null);

    public void Dispose() => _root.Dispose();

    private static string Bundled => Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent);

    private static StudentOptions Options(Func<IDecoder, IDecoder>? around) =>
        new() { Decoder = new DecoderOptions { Rows = 4, Threads = 1, Spinning = false }, Around = around };

    private static InboundMessage Message(string id, string text, TimeProvider clock,
        uint expiry = 30) => new("edge/v1/local/edge-1/query", Encoding.UTF8.GetBytes(text), clock.GetTimestamp())
        {
            ContentType = "text/plain",
            ResponseTopic = "clients/t/rsp",
            Correlation = Encoding.UTF8.GetBytes(id),
            ExpirySeconds = expiry,
            Acknowledge = () => Task.CompletedTask,
        };

    /// <summary>
    /// The engine is broken or hung at random under load, at every level; each time it comes back, and every query ends once,
    /// with an answer or a stated refusal, within its deadline. 12 faults; 200 with EDGE_AGENT_FULL.
    /// </summary>
    [Fact]
    public async Task Engine_BrokenOrHungUnderLoad_EveryQueryEndsInTime()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int expiry = 6;
        using var hung = new ManualResetEventSlim(); // what hangs is let go in the end
        var decoders = new ConcurrentQueue<FaultyDecoder>();
        var options = Options(d => { var f = new FaultyDecoder(d, hung); decoders.Enqueue(f); return f; });
        using var router = new StudentRouter(Student.Load(Bundled, options, TimeProvider.System, NullLogger.Instance), TimeProvider.System);
        await using var guard = new EngineSupervisor(router,
            (directory, _, _) => Task.FromResult(Student.Load(directory!, options, TimeProvider.System, NullLogger.Instance)),
            [ExecutionProvider.Cpu],
            new SupervisorOptions
            {
                StallTimeout = TimeSpan.FromSeconds(0.5),
                FailuresAtLeast = 2,
                FailureWindow = TimeSpan.FromSeconds(5),
                BackOff = TimeSpan.FromSeconds(0.05)
            },
            TimeProvider.System, NullLogger.Instance);
        await using var desk = new AnswerCache(_root.File("answers.db"), _desensitizer, new AnswerOptions { Learn = false }, "s",
            TimeProvider.System);
        desk.Correct("""{"id":"w","questions":["where is the water main"],"answer":"Behind gate 4."}"""u8);
        using var cut = new ThermalCutoff(TimeProvider.System);
        var hopeless = 0;
        guard.Unrecoverable += () => hopeless++;
        using var metrics = new AgentMetrics();
        var level = Level.L0;
        void Heat(Level to)
        {
            level = to;
            cut.Observe(to);
            guard.Heat(to >= Level.L4);
        }
        var queries = new QueryRig(new SupervisedChatClient(router, guard), _publisher, metrics, TimeProvider.System,
            desensitizer: _desensitizer, answers: desk, heat: new FixedHeat(() => level, cut));
        var asked = new ConcurrentDictionary<string, long>();
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 6).Select(client => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var id = $"c{client}-{i}";
                asked[id] = TimeProvider.System.GetTimestamp();
                queries.Receive(Message(id,
                    i % 5 == 0 ? "where is the water main" : $"What does alarm SP-{10 + i % 50} mean? Tell me about it.",
                    TimeProvider.System, expiry));
                for (var waited = 0; waited < 6000 && _publisher.Terminals(id) == 0; waited++) await Task.Delay(10, CancellationToken.None);
            }
        }, cancellation)).ToArray();
        var random = new Random(4);
        var byKind = new SortedDictionary<string, int>();
        for (var fault = 0; fault < Faults; fault++)
        {
            var at = (Level)(fault % 5);
            await Task.Delay(random.Next(20, 150), cancellation);
            var hang = random.Next(2) == 0;
            var faulty = decoders.Last();
            if (hang) faulty.Hang(); else faulty.Break();
            Heat(at);
            if (at >= Level.L3) await Task.Delay(random.Next(50, 300), cancellation); // the fault falls into the heat
            Heat(at >= Level.L3 ? Level.L0 : at);
            for (var waited = 0; waited < 12_000 && (guard.Health.State != EngineState.Serving || decoders.Last() == faulty); waited++)
                await Task.Delay(10, cancellation);
            Assert.True(decoders.Last() != faulty && guard.Health.State == EngineState.Serving,
                $"fault {fault} ({(hang ? "hang" : "break")} at {at}): {guard.Health}");
            byKind[$"{(hang ? "hang" : "break")} {at}"] = byKind.GetValueOrDefault($"{(hang ? "hang" : "break")} {at}") + 1;
            Heat(Level.L0);
        }
        await stop.CancelAsync();
        await Task.WhenAll(load).WaitAsync(Waiting.Limit, cancellation);
        await queries.DisposeAsync();
        hung.Set();
        var ends = asked.Keys.Select(id => _publisher.Ended(id)).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{asked.Count} queries, {Faults} faults ({string.Join(", ", byKind.Select(k => $"{k.Key} {k.Value}"))}), " +
            $"{guard.Health.Restarts} restarts; " +
            $"{string.Join(", ", ends.GroupBy(e => e.What).OrderByDescending(g => g.Count()).Select(g => $"{g.Key} {g.Count()}"))}");
        Assert.All(asked.Keys, id => Assert.Equal(1, _publisher.Terminals(id)));
        Assert.All(asked,
            a => Assert.InRange(TimeProvider.System.GetElapsedTime(a.Value, _publisher.Ended(a.Key).At).TotalSeconds, 0, expiry + 10));
        Assert.Contains(ends, e => e.What == "model");
        Assert.Contains(ends, e => e.What == "unavailable");
        Assert.DoesNotContain(ends, e => e.What == "invalid_request");
        // each engine that hangs holds its memory: a service ends after some of them
        if (new[] { "hang L0", "hang L1", "hang L2" }.Sum(k => byKind.GetValueOrDefault(k)) > 3) Assert.True(hopeless > 0);
    }

    /// <summary>Faults and delays in a fifth of all steps (Polly's chaos strategies): answers fail or come late, none is lost.</summary>
    [Fact]
    public async Task Engine_Chaos_EveryQueryEndsOnce()
    {
        var random = new Random(8);
        double Next() { lock (random) return random.NextDouble(); }
        var chaos = new ResiliencePipelineBuilder()
            .AddChaosLatency(new Polly.Simmy.Latency.ChaosLatencyStrategyOptions
            {
                InjectionRate = 0.1,
                Latency = TimeSpan.FromMilliseconds(15),
                Randomizer = Next
            })
            .AddChaosFault(new Polly.Simmy.Fault.ChaosFaultStrategyOptions
            {
                InjectionRate = 0.02,
                Randomizer = Next,
                FaultGenerator = new Polly.Simmy.Fault.FaultGenerator().AddException<OutOfMemoryException>()
                    .AddException(() => new InvalidOperationException("provider lost"))
            }).Build();
        var options = Options(d => new ChaosDecoder(d, chaos));
        using var router = new StudentRouter(Student.Load(Bundled, options, TimeProvider.System, NullLogger.Instance), TimeProvider.System);
        await using var guard = new EngineSupervisor(router,
            (directory, _, _) => Task.FromResult(Student.Load(directory!, options, TimeProvider.System, NullLogger.Instance)),
            [ExecutionProvider.Cpu],
            new SupervisorOptions { FailuresAtLeast = 20, FailureRatio = 0.9, BackOff = TimeSpan.FromSeconds(0.05) },
            TimeProvider.System, NullLogger.Instance);
        using var metrics = new AgentMetrics();
        await using var queries = new QueryRig(new SupervisedChatClient(router, guard), _publisher, metrics, TimeProvider.System,
            desensitizer: _desensitizer);
        for (var i = 0; i < 60; i++)
        {
            queries.Receive(Message($"q{i}", $"What does alarm SP-{i} mean?", TimeProvider.System));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        await Waiting.ForAsync(() => Enumerable.Range(0, 60).All(i => _publisher.Terminals($"q{i}") == 1));
        var ends = Enumerable.Range(0, 60).Select(i => _publisher.Ended($"q{i}").What).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", ends.GroupBy(e => e).Select(g => $"{g.Key} {g.Count()}")));
        Assert.Contains("model", ends);
        Assert.Contains("unavailable", ends);
    }

    private (QueryRig Queries, ThermalCutoff Cut,
        AgentMetrics Metrics) Queries(ScriptedStudent student, FakeTimeProvider clock, Func<Level> level, AnswerCache? desk = null)
    {
        var (cut, metrics) = (new ThermalCutoff(clock), new AgentMetrics());
        return (new QueryRig(student, _publisher, metrics, clock, desensitizer: _desensitizer, answers: desk,
            heat: new FixedHeat(level, cut)), cut, metrics);
    }

    /// <summary>An answer that runs when L3 comes ends at the next sentence, or after two seconds, and says so.</summary>
    [Theory]
    [InlineData("First. Second", "First.", true)]
    [InlineData("first, second", "first, ", true)] // a word that could go on is not shown yet
    [InlineData("First. Second", "First. Second third.", false)]
    public async Task Answer_L3ComesWhileItRuns_IsCutAtASentence(string begun, string expected, bool hangs)
    {
        var (clock, level) = (new FakeTimeProvider(), Level.L0);
        using var student = new ScriptedStudent { Script = [begun, " third.", " fourth", " fifth.", " sixth.", " seventh"] };
        student.Hold();
        var (queries, cut, metrics) = Queries(student, clock, () => level);
        queries.Receive(Message("a", "q", clock));
        await Waiting.ForAsync(() => _publisher.Of("a").Any());
        level = Level.L3;
        cut.Observe(level);
        if (hangs)
        {
            clock.Advance(TimeSpan.FromSeconds(1.9));
            await Task.Delay(30, TestContext.Current.CancellationToken);
            Assert.Equal(0, _publisher.Terminals("a"));
            clock.Advance(TimeSpan.FromSeconds(0.2));
        }
        else student.Gate.SetResult();
        var end = await _publisher.TerminalAsync("a");
        Assert.Equal(expected, end["choices"]![0]!["message"]!["content"]!.GetValue<string>());
        Assert.Equal(("length", true, "L3"),
            (end["choices"]![0]!["finish_reason"]!.GetValue<string>(), end["agent"]!["degraded"]!.GetValue<bool>(),
                end["agent"]!["level"]!.GetValue<string>()));
        student.Gate.TrySetResult();
        await queries.DisposeAsync();
        cut.Dispose();
        metrics.Dispose();
    }

    /// <summary>Where neither student nor cache has an answer, the deployer's own words are said.</summary>
    [Theory]
    [InlineData("", "unavailable")]
    [InlineData("Call the shift leader.", "fallback")]
    public async Task Answer_NothingElse_IsThePreset(string preset, string expected)
    {
        var clock = new FakeTimeProvider();
        await using var desk = new AnswerCache(_root.File("answers.db"), _desensitizer, new AnswerOptions { Preset = preset }, "s", clock);
        using var student = new ScriptedStudent { Failure = new InferenceException("broken") };
        var (queries, cut, metrics) = Queries(student, clock, () => Level.L0, desk);
        queries.Receive(Message("a", "q", clock));
        await _publisher.TerminalAsync("a");
        Assert.Equal(expected, _publisher.Ended("a").What);
        await queries.DisposeAsync();
        cut.Dispose();
        metrics.Dispose();
    }

    /// <summary>The second who asks the same teaches it, the third is served without the student; a bad rating takes it back.</summary>
    [Fact]
    public async Task Answer_AskedAgain_ComesFromTheCacheUntilItIsRatedBad()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var desk = new AnswerCache(_root.File("answers.db"), _desensitizer, new AnswerOptions(), "s", clock);
        desk.Serve("m1");
        using var student = new ScriptedStudent { Script = ["Press", " R4."], Digest = "m1" };
        var (queries, cut, metrics) = Queries(student, clock, () => Level.L0, desk);
        async Task<JsonNode> AskAsync(string id)
        {
            queries.Receive(Message(id, "how do I reset the robot", clock));
            return (await _publisher.TerminalAsync(id))["agent"]!;
        }
        Assert.Equal("model", (await AskAsync("a"))["source"]!.GetValue<string>());
        Assert.Equal("model", (await AskAsync("b"))["source"]!.GetValue<string>());
        clock.Advance(TimeSpan.FromSeconds(9));
        var cached = await AskAsync("c");
        Assert.Equal(("cache", 9.0, 1.0),
            (cached["source"]!.GetValue<string>(), cached["cached_age_s"]!.GetValue<double>(), cached["score"]!.GetValue<double>()));
        Assert.Equal((2, "Press R4."),
            (student.Calls,
                JsonNode.Parse(_publisher.Of("c").Single().Payload.Span)!["choices"]![0]!["message"]!["content"]!.GetValue<string>()));
        queries.Receive(
            Message("f", $$"""{"answer_id":"{{cached["answer_id"]!.GetValue<string>()}}","rating":1,"resolved":false}""",
                clock) with
            { Topic = "edge/v1/local/edge-1/feedback" });
        await Waiting.ForAsync(() => desk.Learned == 0);
        Assert.Equal("model", (await AskAsync("d"))["source"]!.GetValue<string>());
        foreach (var nonsense in new[] { "", "x", "{}", """{"answer_id":"x","rating":1}""",
            """{"answer_id":"019ac2f1d0007abc8def0123456789ab","rating":9}""" })
            queries.Receive(Message("n", nonsense, clock) with { Topic = "edge/v1/local/edge-1/feedback" });
        await Waiting.ForAsync(() => metrics.Total("drops.bad_feedback") == 5);
        await queries.DisposeAsync();
        cut.Dispose();
        metrics.Dispose();
    }
}
