using System.Text;
using EdgeAgent.Answers;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Tests.Queries;
using EdgeAgent.Thermal;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// 24 simulated hours of a device in a closed cabinet whose fan fails at noon: a query every half minute (every ten seconds with
/// EDGE_AGENT_FULL), each with exactly one end.
/// </summary>
public sealed class DayTests
{
    [Fact]
    public async Task Day_HotSilentAndFailing_EveryQueryEndsOnce()
    {
        using var root = new TemporaryDirectory();
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero));
        using var student = new ScriptedStudent { Script = ["Press", " R4."], Digest = "m1" };
        var (publisher, desensitizer) = (new RecordingPublisher(), new Desensitizer(new PrivacyOptions(), entities: null));
        using var metrics = new AgentMetrics(new BusinessView(root.File("business.db"), clock));
        await using var desk = new AnswerCache(root.File("answers.db"), desensitizer, new AnswerOptions(), "s", clock);
        desk.Serve("m1");
        desk.Correct("""{"id":"w","questions":["where is the water main"],"answer":"Behind gate 4."}"""u8);
        using var cut = new ThermalCutoff(clock);
        var (ladder, random, temperature) = (new Ladder(new LadderOptions()), new Random(5), 50.0);
        var queries = new QueryRig(student, publisher, metrics, clock, desensitizer: desensitizer, answers: desk,
            heat: new LadderHeat(ladder, cut));
        var levels = new SortedDictionary<Level, int>();
        const int seconds = 24 * 3600;
        var every = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 30 : 10;
        for (var t = 0; t < seconds; t += every)
        {
            for (var s = 0; s < every; s++)
            {
                // the cabinet warms towards noon; from noon to six the fan stands still; work heats, and the ladder takes it away
                var hour = (t + s) / 3600.0;
                var target = 45 + 15 * Math.Sin((hour - 6) / 24 * 2 * Math.PI)
                    + (hour is > 12 and < 18 ? 60 : 10) * (ladder.State.Level switch
                    {
                        Level.L0 => 1,
                        Level.L1 => 0.8,
                        Level.L2 => 0.6,
                        Level.L3 => 0.25,
                        _ => 0.1
                    });
                temperature += (target - temperature) / 240;
                var isSilent = hour is > 20 and < 20.1;
                ladder.Next(isSilent ? new ThermalReading(t + s) : new ThermalReading(t + s, temperature + random.NextDouble()));
                cut.Observe(ladder.State.Level);
            }
            levels[ladder.State.Level] = levels.GetValueOrDefault(ladder.State.Level) + 1;
            var (id, fault) = ($"q{t}", random.Next(40));
            student.Failure = fault switch
            {
                0 => new InferenceException("broken"),
                1 => new EngineBusyException(TimeSpan.FromSeconds(1)),
                _ => null
            };
            if (fault == 2) student.Hold();
            queries.Receive(new InboundMessage("edge/v1/local/edge-1/query",
                Encoding.UTF8.GetBytes(random.Next(3) switch
                {
                    0 => "where is the water main",
                    1 => $"what is step {random.Next(30)}",
                    _ => $"how do I reset alarm SP-{random.Next(1000)}"
                }), clock.GetTimestamp())
            {
                ContentType = "text/plain",
                ResponseTopic = "clients/t/rsp",
                Correlation = Encoding.UTF8.GetBytes(id),
                ExpirySeconds = 8,
                Acknowledge = () => Task.CompletedTask,
            });
            if (fault == 2) await Task.Delay(2, TestContext.Current.CancellationToken); // it waits for its first word
            clock.Advance(TimeSpan.FromSeconds(fault == 2 ? 9 : 0.01));
            for (var i = 0; i < 5000 && publisher.Terminals(id) == 0; i++)
            {
                if (i > 50) clock.Advance(TimeSpan.FromSeconds(9)); // the held one may have begun late
                await Task.Delay(i < 20 ? 0 : 1, TestContext.Current.CancellationToken);
            }
            student.Gate.TrySetResult();
            clock.Advance(TimeSpan.FromSeconds(every - (fault == 2 ? 9 : 0.01)));
        }
        await queries.DisposeAsync();
        var ends = Enumerable.Range(0, seconds / every)
            .Select(i => (Count: publisher.Terminals($"q{i * every}"), publisher.Ended($"q{i * every}").What)).ToList();
        var day = metrics.Business!.Last(48);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{ends.Count} queries; at {string.Join(", ", levels.Select(l => $"{l.Key} {l.Value}"))}; " +
            $"{string.Join(", ", ends.GroupBy(e => e.What).Select(g => $"{g.Key} {g.Count()}"))}");
        Assert.All(ends, e => Assert.Equal(1, e.Count));
        Assert.Equal(ends.Count, day.Answers + day.Refusals.Values.Sum());
        foreach (var what in new[] { "model", "curated", "cache", "unavailable", "expired" }) Assert.Contains(ends, e => e.What == what);
        Assert.Contains(Level.L3, levels.Keys);
        metrics.Business.Dispose();
    }

    private sealed class LadderHeat(Ladder ladder, ThermalCutoff cutoff) : IThermalGate
    {
        public GenerationPermit Enter() => new(ladder.State, () => ladder.State, cutoff.Token);
    }
}
