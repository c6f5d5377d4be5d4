using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Queries;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Queries;

public sealed class QueryEndpointTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ScriptedStudent _student = new();
    private readonly RecordingPublisher _publisher = new();
    private readonly AgentMetrics _metrics = new();
    private readonly QueryRig _queries;
    private int _acknowledged;

    public QueryEndpointTests() =>
        _queries = new QueryRig(_student, _publisher, _metrics, _clock, new QueryOptions { DrainTimeout = TimeSpan.FromSeconds(5) },
            new Desensitizer(new PrivacyOptions
            {
                Roles = [new RestoreRole { Name = "visitor", ReplyPrefixes = ["clients/visitor/"], Restore = ["EMAIL"] }],
            }, entities: null));

    public async ValueTask DisposeAsync()
    {
        _student.Gate.TrySetResult();
        await _queries.DisposeAsync();
        _metrics.Dispose();
    }

    private InboundMessage Query(string id, string text = "q", uint? expiry = null, string topic = "edge/v1/local/edge-1/query",
        bool retained = false) => new(topic, Encoding.UTF8.GetBytes(text), _clock.GetTimestamp())
        {
            ContentType = "text/plain",
            ResponseTopic = "clients/t/rsp",
            Correlation = Encoding.UTF8.GetBytes(id),
            ExpirySeconds = expiry,
            Retained = retained,
            Acknowledge = () =>
            {
                Interlocked.Increment(ref _acknowledged);
                return Task.CompletedTask;
            },
        };

    private InboundMessage Cancel(string id, string replyTopic = "clients/t/rsp") =>
        Query(id, "", topic: "edge/v1/local/edge-1/cancel") with { ResponseTopic = replyTopic };

    /// <summary>The student sees placeholders, the asker what they stand for; the reply counts them.</summary>
    [Fact]
    public async Task Query_PersonalData_NeverReachesTheStudentAndComesBackToTheAsker()
    {
        _student.Echo = true;
        _queries.Receive(Query("a", "ring 13812345678 or mail a.b@example.org, not <PHONE_1>; again 13812345678"));
        var end = await _publisher.TerminalAsync("a");
        Assert.Equal("ring <PHONE_1> or mail <EMAIL_1>, not <_PHONE_1>; again <PHONE_1>", _student.LastQuestion);
        const string restored = "ring 13812345678 or mail a.b@example.org, not <PHONE_1>; again 13812345678";
        Assert.Equal(restored, end["choices"]![0]!["message"]!["content"]!.GetValue<string>());
        Assert.Equal(restored,
            string.Concat(_publisher.Of("a").Where(m => m.Sequence is not null)
                .Select(m => JsonNode.Parse(m.Payload.Span)!["choices"]![0]!["delta"]!["content"]!.GetValue<string>())));
        Assert.Equal("""{"EMAIL":1,"PHONE":2}""", end["agent"]!["desensitized"]!.ToJsonString());
    }

    /// <summary>Who reads the reply topic says what comes back.</summary>
    [Fact]
    public async Task Query_RoleThatMaySeeLess_GetsPlaceholdersForTheRest()
    {
        _student.Echo = true;
        _queries.Receive(Query("a", "ring 13812345678 or mail a.b@example.org") with { ResponseTopic = "clients/visitor/rsp" });
        var end = await _publisher.TerminalAsync("a");
        Assert.Equal("ring <PHONE_1> or mail a.b@example.org", end["choices"]![0]!["message"]!["content"]!.GetValue<string>());
    }

    /// <summary>An encrypted value is what the student sees; who asked gets the value back, also where it comes in pieces.</summary>
    [Fact]
    public async Task Query_EncryptedValue_ComesBackAsItWas()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(directory.File("key"), System.Security.Cryptography.RandomNumberGenerator.GetBytes(32),
            TestContext.Current.CancellationToken);
        var options = new PrivacyOptions
        {
            KeyFile = directory.File("key"),
            Actions = new Dictionary<string, PrivacyAction> { ["PHONE"] = PrivacyAction.Encrypt, ["EMPLOYEE_ID"] = PrivacyAction.Encrypt }
        };
        await using var queries = new QueryRig(_student, _publisher, _metrics, _clock,
            desensitizer: new Desensitizer(options, entities: null, PrivacyKey.Load(directory.File("key"))));
        _student.Echo = true;
        _student.Suffix = " or 13987654321";
        queries.Receive(Query("a", "工号 A10233 rings 13812345678, not 7"));
        var end = await _publisher.TerminalAsync("a");
        Assert.DoesNotContain("13812345678", _student.LastQuestion, StringComparison.Ordinal);
        Assert.DoesNotContain("A10233", _student.LastQuestion, StringComparison.Ordinal);
        Assert.Equal("工号 A10233 rings 13812345678, not 7 or 13*********", end["choices"]![0]!["message"]!["content"]!.GetValue<string>());
    }

    /// <summary>Queries of one conversation share their placeholders; another asker's conversation of the same name does not.</summary>
    [Fact]
    public async Task Query_Conversation_KeepsItsPlaceholders()
    {
        _student.Echo = true;
        async Task<string> SeenAsync(string id, string text, string replyTopic, string conversation = "c1")
        {
            var body = new JsonObject
            {
                ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }),
                ["conversation"] = conversation
            };
            _queries.Receive(Query(id, body.ToJsonString()) with { ContentType = "application/json", ResponseTopic = replyTopic });
            await _publisher.TerminalAsync(id);
            return _student.LastQuestion;
        }
        Assert.Equal("ring <PHONE_1>", await SeenAsync("a", "ring 13812345678", "clients/t/rsp"));
        Assert.Equal("ring <PHONE_2> not <PHONE_1>", await SeenAsync("b", "ring 13987654321 not 13812345678", "clients/t/rsp"));
        Assert.Equal("ring <PHONE_1>", await SeenAsync("c", "ring 13987654321", "clients/t/rsp", "c2"));
        Assert.Equal("ring <PHONE_1>", await SeenAsync("d", "ring 13987654321", "clients/u/rsp"));
    }

    /// <summary>
    /// What the student knows by heart is not shown, but for the two digits that were out before it was known as a number
    /// (OutputFilter); what the asker brought comes back.
    /// </summary>
    [Fact]
    public async Task Query_StudentEmitsANumber_ItIsStarredOut()
    {
        _student.Echo = true;
        _student.Suffix = " or 13987654321";
        _queries.Receive(Query("a", "ring 13812345678"));
        var end = await _publisher.TerminalAsync("a");
        Assert.Equal("ring 13812345678 or 13*********", end["choices"]![0]!["message"]!["content"]!.GetValue<string>());
        Assert.DoesNotContain(_publisher.Of("a"),
            m => Encoding.UTF8.GetString(m.Payload.Span).Contains("13987654321", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "hm")]
    [InlineData(false, null)]
    public async Task Query_ReasoningQuery_ShowsThoughtsOnlyWhenAsked(bool include, string? reasoning)
    {
        _queries.Receive(
            Query("a",
                $@"{{""messages"":[{{""role"":""user"",""content"":""q""}}],""reasoning_effort"":""medium""," +
                $@"""include_reasoning"":{(include ? "true" : "false")}}}") with
            { ContentType = "application/json" });
        var message = (await _publisher.TerminalAsync("a"))["choices"]![0]!["message"]!;
        Assert.Equal("one two ", message["content"]!.GetValue<string>());
        Assert.Equal(reasoning, message["reasoning_content"]?.GetValue<string>());
        var pieces = _publisher.Of("a").Where(m => m.Sequence is not null)
            .Select(m => JsonNode.Parse(m.Payload.Span)!["choices"]![0]!["delta"]!).ToList();
        Assert.Equal(include ? 3 : 2, pieces.Count);
        Assert.Equal(reasoning, pieces[0]["reasoning_content"]?.GetValue<string>());
    }

    [Fact]
    public async Task Query_Query_StreamsInOrderThenEndsOnceAndAcknowledges()
    {
        _queries.Receive(Query("a"));
        var end = await _publisher.TerminalAsync("a");
        Assert.Equal("one two ", end["choices"]![0]!["message"]!["content"]!.GetValue<string>());
        Assert.Equal(("model", "L0", "m"),
            (end["agent"]!["source"]!.GetValue<string>(), end["agent"]!["level"]!.GetValue<string>(),
                end["agent"]!["model"]!.GetValue<string>()));
        Assert.Equal(2, end["agent"]!["tokens"]!.GetValue<int>());
        var pieces = _publisher.Of("a").Where(m => m.Sequence is not null).ToList();
        Assert.Equal([0, 1], pieces.Select(p => p.Sequence!.Value));
        Assert.All(pieces, p => Assert.False(p.AtLeastOnce));
        await Waiting.ForAsync(() => _acknowledged == 1);
        Assert.Equal(1, _publisher.Terminals("a"));
    }

    [Fact]
    public async Task Query_DuplicateOfARunningQuery_IsNotComputedAgain()
    {
        _student.Hold();
        _queries.Receive(Query("a"));
        await _student.Started.Task;
        _queries.Receive(Query("a"));
        await Waiting.ForAsync(() => _metrics.Total("drops.duplicate_running") == 1);
        _student.Gate.SetResult();
        await _publisher.TerminalAsync("a");
        await Waiting.ForAsync(() => _acknowledged == 2);
        Assert.Equal((1, 1), (_student.Calls, _publisher.Terminals("a")));
    }

    [Fact]
    public async Task Query_DuplicateOfAnAnsweredQuery_GetsTheSameReplyAgain()
    {
        _queries.Receive(Query("a"));
        var first = await _publisher.TerminalAsync("a");
        _queries.Receive(Query("a"));
        await Waiting.ForAsync(() => _publisher.Terminals("a") == 2);
        var replies = _publisher.Of("a").Where(m => m.Sequence is null).Select(m => Encoding.UTF8.GetString(m.Payload.Span)).ToList();
        Assert.Equal(replies[0], replies[1]);
        Assert.Equal(1, _student.Calls);
        Assert.NotNull(first);
    }

    [Fact]
    public async Task Query_ExpiredOnArrival_IsNotComputed()
    {
        var message = Query("a", expiry: 2);
        _clock.Advance(TimeSpan.FromSeconds(3));
        _queries.Receive(message);
        Assert.Equal("expired", await _publisher.ErrorAsync("a"));
        Assert.Equal(0, _student.Calls);
    }

    [Fact]
    public async Task Query_ExpiresWhileRunning_IsStoppedAndEndsAsExpired()
    {
        _student.Hold();
        _queries.Receive(Query("a", expiry: 5));
        await _student.Started.Task;
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("expired", await _publisher.ErrorAsync("a"));
        Assert.True(_student.Cancelled);
    }

    [Fact]
    public async Task Query_WithoutExpiry_HasTheDefaultDeadline()
    {
        _student.Hold();
        _queries.Receive(Query("a"));
        await _student.Started.Task;
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("expired", await _publisher.ErrorAsync("a"));
    }

    [Fact]
    public async Task Query_CancelledByItsAsker_EndsWithWhatThereIs()
    {
        _student.Hold(afterFirst: true);
        _queries.Receive(Query("a"));
        await Waiting.ForAsync(() => _publisher.Of("a").Any());
        _queries.Receive(Cancel("a"));
        var end = await _publisher.TerminalAsync("a");
        Assert.Equal(("cancelled", "one "),
            (end["choices"]![0]!["finish_reason"]!.GetValue<string>(), end["choices"]![0]!["message"]!["content"]!.GetValue<string>()));
        Assert.True(_student.Cancelled);
    }

    [Fact]
    public async Task Query_CancelFromAnotherClient_IsIgnoredAndCounted()
    {
        _student.Hold();
        _queries.Receive(Query("a"));
        await _student.Started.Task;
        _queries.Receive(Cancel("a", "clients/other/rsp"));
        _queries.Receive(Cancel("b"));
        await Waiting.ForAsync(() => _metrics.Total("drops.cancel_without_query") == 2);
        Assert.False(_student.Cancelled);
        _student.Gate.SetResult();
        Assert.Equal("stop", (await _publisher.TerminalAsync("a"))["choices"]![0]!["finish_reason"]!.GetValue<string>());
    }

    public static TheoryData<Exception, string> Failures => new()
    {
        { new EngineBusyException(TimeSpan.FromSeconds(1.5)), "overloaded" },
        { new PromptTooLongException(900, 255), "too_long" },
        { new InvalidOperationException("secret text"), "unavailable" },
        { new ArgumentException("stop strings"), "invalid_request" },
        { new EdgeAgent.Inference.ChatTemplates.TemplateException(3, "no system role"), "invalid_request" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Query_StudentFails_EndsWithOneErrorAndTheRightCode(Exception failure, string code)
    {
        _student.Failure = failure;
        _queries.Receive(Query("a"));
        Assert.Equal(code, await _publisher.ErrorAsync("a"));
        await Waiting.ForAsync(() => _acknowledged == 1);
        var body = JsonNode.Parse(_publisher.Of("a").Single().Payload.Span)!;
        if (code == "overloaded") Assert.Equal(1.5, body["error"]!["retry_after_s"]!.GetValue<double>());
        Assert.DoesNotContain("secret", body.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_MessageWithoutAddressOrRetained_IsDroppedCountedAndAcknowledged()
    {
        _queries.Receive(Query("a") with { ResponseTopic = null });
        _queries.Receive(Query("b", retained: true));
        await Waiting.ForAsync(() => _acknowledged == 2);
        Assert.Equal((1, 1), (_metrics.Total("drops.no_reply_topic"), _metrics.Total("drops.retained")));
        Assert.Empty(_publisher.Messages);
    }

    [Fact]
    public async Task Query_Draining_FinishesWhatRunsAndRefusesWhatComes()
    {
        _student.Hold();
        _queries.Receive(Query("running"));
        await _student.Started.Task;
        var drain = _queries.DrainAsync();
        _queries.Receive(Query("late"));
        Assert.Equal("unavailable", await _publisher.ErrorAsync("late"));
        _student.Gate.SetResult();
        await drain;
        Assert.Equal("stop", (await _publisher.TerminalAsync("running"))["choices"]![0]!["finish_reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task Query_DrainTakesTooLong_EndsWhatRunsAsUnavailable()
    {
        _student.Hold();
        _queries.Receive(Query("running"));
        await _student.Started.Task;
        var drain = _queries.DrainAsync();
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("unavailable", await _publisher.ErrorAsync("running"));
        await drain;
    }
}
