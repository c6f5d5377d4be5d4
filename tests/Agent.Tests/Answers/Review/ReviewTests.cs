using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Answers.Review;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Tests.Cli;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;

namespace EdgeAgent.Tests.Answers.Review;

/// <summary>The review queue: what is proposed, what a reviewer's decision does, and what is on disk.</summary>
public sealed class ReviewTests : IDisposable
{
    private static readonly Desensitizer Desensitizer = new(new PrivacyOptions(), entities: null);

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 2, 8, 0, 0, TimeSpan.Zero));
    private readonly ReviewStore _store;
    private readonly ReviewQueue _queue;

    public ReviewTests()
    {
        _store = ReviewStore.Open(_folder.File("review.db"), _clock);
        _queue = new ReviewQueue(_store, new AnswerOptions(), _clock);
    }

    [Fact]
    public void BadRating_ProposesTheAnswerOnce()
    {
        Remember("a1", "How do I home the robot?", "Press start.");
        Remember("a2", "How do I home the robot?", "Press stop.");
        Remember("a3", "What is SP-14?", "Over-temperature.");
        Assert.True(_queue.Rate("a1", 1));
        Assert.False(_queue.Rate("a1", 2)); // known
        Assert.False(_queue.Rate("a2", 2)); // the same question is open
        Assert.False(_queue.Rate("a3", 3)); // neither bad nor good
        Assert.False(_queue.Rate("unknown", 1));
        var item = Assert.Single(_store.All(isOpen: true));
        Assert.Equal(("a1", "bad", "How do I home the robot?", "Press start.", 1),
            (item.Id, item.Kind, item.Question, item.Answer, item.Stars));
    }

    [Fact]
    public void GoodRatings_NeedDifferentUsersOnDifferentDays()
    {
        var proposed = new List<bool>();
        void Good(string reply, string client)
        {
            Remember(reply, "What is SP-14?", "Over-temperature.", learned: "entry", client);
            proposed.Add(_queue.Rate(reply, 5));
        }
        Good("r1", "hmi-1");
        Good("r2", "hmi-1"); // the same user again
        Good("r3", "hmi-2");
        Good("r4", "hmi-3"); // three users, one day
        Assert.DoesNotContain(true, proposed);
        _clock.Advance(TimeSpan.FromDays(1));
        Good("r5", "hmi-1"); // three users, two days
        Assert.True(proposed[^1]);
        Good("r6", "hmi-4");
        Assert.False(proposed[^1]); // proposed already
        Assert.Equal(("entry", "good"), (_store.All(isOpen: true)[0].Id, _store.All(isOpen: true)[0].Kind));
        Assert.Empty(_store.All(isOpen: false)); // nothing is promoted by itself
    }

    [Fact]
    public void Curated_IsNeverProposedForBeingGood()
    {
        for (var i = 0; i < 5; i++)
        {
            Remember($"r{i}", "Where is the valve?", "Behind panel 4.", learned: null, $"hmi-{i}");
            Assert.False(_queue.Rate($"r{i}", 5));
            _clock.Advance(TimeSpan.FromDays(1));
        }
    }

    /// <summary>Only desensitized text is on disk, users are not, and what may identify somebody is not proposed at all.</summary>
    [Fact]
    public void Disk_HoldsNoPersonalDataAndNoUser()
    {
        Remember("a1", "Call me at 13812345678 about the door", "Yes.", client: "tablet-of-line-9");
        Remember("a2", "What is order 99887766 about?", "A part."); // no recognizer knows it
        Assert.True(_queue.Rate("a1", 1));
        Assert.False(_queue.Rate("a2", 1));
        Remember("a3", "What is SP-14?", "Heat.", learned: "a3", client: "tablet-of-line-9");
        _queue.Rate("a3", 5);
        _queue.Dispose();
        var disk = string.Concat(Directory.GetFiles(_folder.Path).Select(f => Encoding.Latin1.GetString(File.ReadAllBytes(f))));
        Assert.Contains("about the door", disk, StringComparison.Ordinal);
        Assert.DoesNotContain("13812345678", disk, StringComparison.Ordinal);
        Assert.DoesNotContain("99887766", disk, StringComparison.Ordinal);
        Assert.DoesNotContain("tablet-of-line-9", disk, StringComparison.Ordinal);
    }

    [Fact]
    public void Decisions_BecomeCuratedAnswersAndTrainingData()
    {
        Remember("a1", "How do I home the robot?", "Press start.");
        Remember("a2", "How hot may the oil be?", "90 degrees.");
        Remember("a3", "May I bridge the gate?", "Yes.");
        Remember("a4", "asdf", "Nothing.");
        foreach (var id in new[] { "a1", "a2", "a3", "a4" }) Assert.True(_queue.Rate(id, 1));
        using var answers = AnswerStore.Open(_folder.File("answers.db"), _clock);
        var reviewer = new Reviewer(_store, answers, Desensitizer, _clock);
        var items = _store.All(isOpen: true).ToDictionary(i => i.Id);

        Assert.Throws<FormatException>(() => reviewer.Correct(items["a1"], " "));
        Assert.Throws<FormatException>(() => reviewer.Correct(items["a1"], "Call 13812345678."));
        Assert.True(reviewer.Correct(items["a1"], "In T1, start program HOME."));
        Assert.False(reviewer.Correct(items["a1"], "again")); // decided
        Assert.True(reviewer.Accept(items["a2"]));
        Assert.True(reviewer.MarkUnsafe(items["a3"]));
        Assert.True(reviewer.Discard(items["a4"]));

        Assert.Empty(_store.All(isOpen: true));
        var curated = Assert.Single(answers.All());
        Assert.Equal(("curated", "In T1, start program HOME."), (curated.Source, curated.Answer));
        Assert.Equal(["How do I home the robot?"], curated.Questions);
        Assert.Equal(
        [
            """{"question":"How do I home the robot?","answer":"In T1, start program HOME.","label":"corrected"}""",
            """{"question":"How hot may the oil be?","answer":"90 degrees.","label":"accepted"}""",
            """{"question":"May I bridge the gate?","answer":"Yes.","label":"unsafe"}""",
        ], _store.All(isOpen: false).Select(FeedbackExample.Of).OfType<FeedbackExample>().Select(e => e.ToLine()));
    }

    [Fact]
    public void AcceptedLearnedAnswer_BecomesCurated()
    {
        _store.Propose(new ReviewItem("entry", ReviewWords.Good, "What is SP-14?", "Heat.", 5, _clock.GetUtcNow(), ReviewWords.Open, null));
        using var answers = AnswerStore.Open(_folder.File("answers.db"), _clock);
        Assert.True(new Reviewer(_store, answers, Desensitizer, _clock).Accept(_store.All(isOpen: true)[0]));
        Assert.Equal(("curated", "Heat."), (answers.All()[0].Source, answers.All()[0].Answer));
    }

    [Fact]
    public void Queue_IsFull_DropsTheOldest()
    {
        for (var i = 0; i < ReviewStore.MaxItems + 5; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            _store.Propose(new ReviewItem($"{i}", ReviewWords.Bad, $"question {i}", "x", 1, _clock.GetUtcNow(), ReviewWords.Open, null));
        }
        var all = _store.All(isOpen: true);
        Assert.Equal((ReviewStore.MaxItems, "5"), (all.Count, all[0].Id));
    }

    /// <summary>The verbs on a store of their own: list, decide, export.</summary>
    [Fact]
    public async Task Verbs_ListDecideAndExport()
    {
        Remember("a1", "How do I home the robot?", "Press start.");
        Assert.True(_queue.Rate("a1", 1));
        var answers = _folder.File("answers.db");
        var (code, output, error) = await AgentProcess.RunAsync("", "review", "--store", answers, "--list");
        Assert.True(code == 0, error);
        Assert.Contains("How do I home the robot?", output, StringComparison.Ordinal);
        Assert.Equal(2, (await AgentProcess.RunAsync("", "review", "--store", answers, "--id", "nobody", "--decide", "accept")).Code);
        (code, _, error) = await AgentProcess.RunAsync("", "review", "--store", answers, "--id", "a1", "--decide", "correct", "--answer",
            "In T1, start program HOME.");
        Assert.True(code == 0, error);
        (code, output, error) = await AgentProcess.RunAsync("", "answers", "export", "--feedback", "--store", answers);
        Assert.True(code == 0, error);
        Assert.Equal("""{"question":"How do I home the robot?","answer":"In T1, start program HOME.","label":"corrected"}""",
            output.Trim());
        Assert.Contains("In T1", (await AgentProcess.RunAsync("", "answers", "export", "--store", answers)).Output,
            StringComparison.Ordinal);
    }

    /// <summary>Over MQTT: a badly rated answer reaches the queue; its correction is served to the next one who asks.</summary>
    [Fact]
    public async Task Agent_CorrectionOfABadlyRatedAnswer_IsServed()
    {
        var state = _folder.File("state");
        await using var agent = await AgentFixture.StartAsync(s => s with { StateDirectory = state });
        var first = (await AskAsync(agent))!;
        await RateAsync(agent, first["agent"]!["answer_id"]!.GetValue<string>(), 1);
        using (var queue = ReviewStore.Open(Path.Combine(state, "answers", "review.db"), TimeProvider.System))
        {
            await Waiting.ForAsync(() => queue.All(isOpen: true).Count == 1);
            using var answers = AnswerStore.Open(Path.Combine(state, "answers", "answers.db"), TimeProvider.System);
            Assert.True(new Reviewer(queue, answers, Desensitizer, TimeProvider.System).Correct(queue.All(isOpen: true)[0],
                "The inverter is too hot: see page 4."));
        }
        var source = "";
        for (var start = TimeProvider.System.GetTimestamp();
            source != "curated" && TimeProvider.System.GetElapsedTime(start) < Waiting.Limit;)
            source = (await AskAsync(agent))!["agent"]!["source"]!.GetValue<string>();
        Assert.Equal("curated", source);
    }

    private static async Task<JsonNode?> AskAsync(AgentFixture agent)
    {
        JsonNode? last = null;
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "terminal", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question("What does alarm SP-14 mean?"), 30,
            TestContext.Current.CancellationToken)) last = reply.Body;
        return last;
    }

    private static async Task RateAsync(AgentFixture agent, string answerId, int stars)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", agent.Broker.Port).WithClientId("rater")
            .Build(), TestContext.Current.CancellationToken);
        await client.PublishStringAsync("edge/v1/local/edge-1/feedback", $$"""{"answer_id":"{{answerId}}","rating":{{stars}}}""",
            MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: TestContext.Current.CancellationToken);
    }

    private void Remember(string id, string question, string answer, string? learned = null, string client = "hmi") =>
        _queue.Remember(id, Desensitizer.Scrub(question), answer, learned, client);

    public void Dispose()
    {
        _queue.Dispose();
        _folder.Dispose();
    }
}
