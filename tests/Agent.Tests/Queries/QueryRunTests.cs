using System.Text;
using EdgeAgent.Answers;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Queries;

/// <summary>A query's way through the slices: each is entered at most once on the way in and once on the way out.</summary>
public sealed class QueryRunTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly RecordingPublisher _publisher = new();

    public void Dispose() => _root.Dispose();

    /// <summary>Counts how often a query asks for its permit and, later, for the present level.</summary>
    private sealed class CountingHeat(Level level) : IThermalGate
    {
        public int Entered, Looked;

        public GenerationPermit Enter()
        {
            Interlocked.Increment(ref Entered);
            return new GenerationPermit(new LadderState(level, "test"), () =>
            {
                Interlocked.Increment(ref Looked);
                return new LadderState(level, "test");
            }, CancellationToken.None);
        }
    }

    /// <param name="looked">How often the level is read again: between two pieces of an answer, and for the text of a refusal.</param>
    /// <param name="lookups">Look-ups of stored answers: another one only where the student failed.</param>
    [Theory]
    [InlineData("What does alarm SP-14 mean?", Level.L0, false, "model", 1, 1, 1)]
    [InlineData("where is the water main", Level.L0, false, "curated", 0, 1, 0)]
    [InlineData("where do I find the water main", Level.L2, false, "curated", 0, 1, 0)]
    [InlineData("What does alarm SP-14 mean?", Level.L3, false, "unavailable", 0, 1, 1)]
    [InlineData("where do I find the water main", Level.L0, true, "curated", 1, 2, 0)]
    [InlineData("What does alarm SP-14 mean?", Level.L0, true, "unavailable", 1, 2, 1)]
    public async Task Answer_AnyEnd_EntersEachSliceOnceEachWay(string question, Level level, bool fails, string end, int asked, int lookups,
        int looked)
    {
        var desensitizer = new Desensitizer(new PrivacyOptions(), entities: null);
        await using var answers = new AnswerCache(_root.File("answers.db"), desensitizer, new AnswerOptions { Learn = false }, "s",
            TimeProvider.System);
        answers.Correct("""
            {"id":"w","questions":["where is the water main","where do I find the water main valve","location of the water main"],
             "answer":"Behind gate 4."}
            """u8);
        using var student = new ScriptedStudent { Failure = fails ? new InvalidOperationException("provider lost") : null };
        using var metrics = new AgentMetrics();
        var heat = new CountingHeat(level);
        await using var rig = new QueryRig(student, _publisher, metrics, TimeProvider.System, desensitizer: desensitizer, answers: answers,
            heat: heat);
        rig.Receive(new InboundMessage("edge/v1/local/edge-1/query", Encoding.UTF8.GetBytes(question),
            TimeProvider.System.GetTimestamp())
        {
            ContentType = "text/plain",
            ResponseTopic = "clients/t/rsp",
            Correlation = "a"u8.ToArray(),
            Acknowledge = () => Task.CompletedTask,
        });
        var body = await _publisher.TerminalAsync("a");
        await rig.DrainAsync();
        Assert.Equal(end, (body["error"]?["code"] ?? body["agent"]!["source"])!.GetValue<string>());
        Assert.Equal((1, asked, lookups, looked), (heat.Entered, student.Calls, (int)(answers.Hits + answers.Misses), heat.Looked));
    }
}
