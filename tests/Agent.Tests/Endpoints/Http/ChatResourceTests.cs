using System.Net;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Http;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Queries;
using EdgeAgent.Tests.Queries;

namespace EdgeAgent.Tests.Endpoints.Http;

/// <summary>Queries over HTTP, as programs that speak OpenAI's API send and read them.</summary>
public sealed class ChatResourceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<JsonNode> BodyAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;

    /// <summary>The data of a stream's events.</summary>
    internal static async Task<List<string>> EventsAsync(HttpResponseMessage response)
    {
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(events, e => Assert.StartsWith("data: ", e, StringComparison.Ordinal));
        return [.. events.Select(e => e["data: ".Length..])];
    }

    [Fact]
    public async Task Completion_Whole_IsAnOpenAiObject()
    {
        await using var rig = await HttpRig.StartAsync();
        using var response = await rig.AskAsync(HttpRig.Question());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var body = await BodyAsync(response);
        Assert.Equal("chat.completion", (string?)body["object"]);
        Assert.Equal("one two ", (string?)body["choices"]![0]!["message"]!["content"]);
        Assert.Equal("assistant", (string?)body["choices"]![0]!["message"]!["role"]);
        Assert.Equal("stop", (string?)body["choices"]![0]!["finish_reason"]);
        Assert.Equal(3, (int?)body["usage"]!["total_tokens"]);
        Assert.Equal("model", (string?)body["agent"]!["source"]);
        Assert.NotEmpty(response.Headers.GetValues("x-request-id").Single());
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
    }

    /// <summary>Names, types and order of the events: role, pieces, finish reason, usage, [DONE].</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Completion_Streamed_ComesInOpenAisOrder(bool includesUsage)
    {
        await using var rig = await HttpRig.StartAsync();
        using var response = await rig.AskAsync(HttpRig.Question(
            "\"stream\":true" + (includesUsage ? ",\"stream_options\":{\"include_usage\":true}" : "")));
        var events = await EventsAsync(response);
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events.SkipLast(1).Select(e => JsonNode.Parse(e)!.AsObject()).ToList();
        Assert.Equal(includesUsage ? 5 : 4, chunks.Count);
        Assert.All(chunks, c => Assert.Equal("chat.completion.chunk", (string?)c["object"]));
        Assert.Single(chunks.Select(c => (string?)c["id"]).Distinct());
        Assert.Single(chunks.Select(c => (long)c["created"]!).Distinct());
        var choices = chunks.Where(c => c["choices"]!.AsArray().Count > 0).Select(c => c["choices"]![0]!).ToList();
        Assert.Equal("""{"role":"assistant","content":""}""", choices[0]["delta"]!.ToJsonString());
        Assert.Equal("one two ", string.Concat(choices.Select(c => (string?)c["delta"]!["content"])));
        Assert.Equal([null, null, null, "stop"], choices.Select(c => (string?)c["finish_reason"]));
        Assert.Equal("{}", choices[^1]["delta"]!.ToJsonString());
        Assert.Equal("model", (string?)chunks[3]["agent"]!["source"]);
        Assert.Equal(includesUsage, chunks[0].ContainsKey("usage"));
        if (!includesUsage) return;
        Assert.Empty(chunks[4]["choices"]!.AsArray());
        Assert.Equal(3, (int?)chunks[4]["usage"]!["total_tokens"]);
    }

    [Fact]
    public async Task Completion_Streamed_ShowsTheFirstPieceBeforeTheLastIsThere()
    {
        var student = new ScriptedStudent();
        student.Hold(afterFirst: true);
        await using var rig = await HttpRig.StartAsync(student);
        using var response = await rig.OpenAsync(HttpRig.Question("\"stream\":true"), Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        string? line;
        do line = await reader.ReadLineAsync(Token).AsTask().WaitAsync(Waiting.Limit, Token);
        while (line is not null && !line.Contains("one ", StringComparison.Ordinal));
        Assert.NotNull(line);
        student.Gate.SetResult();
        Assert.Contains("[DONE]", await reader.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_ThatLeaves_CancelsItsQuery(bool streams)
    {
        var student = new ScriptedStudent();
        student.Hold(afterFirst: true);
        await using var rig = await HttpRig.StartAsync(student);
        using var leaves = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var call = rig.OpenAsync(HttpRig.Question(streams ? "\"stream\":true" : ""), leaves.Token);
        await student.Started.Task.WaitAsync(Waiting.Limit, Token);
        if (streams) (await call).Dispose();
        await leaves.CancelAsync();
        await Waiting.ForAsync(() => student.Cancelled && rig.Intake.Running == 0);
        Assert.Equal(1, rig.Metrics.Total("replies.cancelled"));
    }

    /// <summary>The query never waits for the client's socket; what waits for the client is bounded.</summary>
    [Fact]
    public async Task Sink_MorePiecesThanMayWait_CutsTheClientOff()
    {
        var cuts = 0;
        var sink = new HttpReplySink(16, () => cuts++);
        for (var i = 0; i < 16; i++) await sink.PieceAsync(new AnswerPiece("a", "m", 0, "x", i, false));
        Assert.Equal(0, cuts);
        await sink.PieceAsync(new AnswerPiece("a", "m", 0, "x", 16, false));
        Assert.Equal(1, cuts);
        var end = sink.EndAsync(new QueryError(ErrorCodes.Expired, "late"));
        Assert.False(end.IsCompleted, "the delivery ends when the response has left");
        sink.Left();
        await end.WaitAsync(Waiting.Limit, Token);
    }

    [Theory]
    [InlineData("{", HttpStatusCode.BadRequest, "invalid_request")]
    [InlineData("[]", HttpStatusCode.BadRequest, "invalid_request")]
    [InlineData("""{"messages":[]}""", HttpStatusCode.BadRequest, "invalid_request")]
    [InlineData("""{"model":"gpt-4","messages":[{"role":"user","content":"q"}]}""", HttpStatusCode.BadRequest, "invalid_request")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"stream":true,"stream_options":{"include_usage":1}}""",
        HttpStatusCode.BadRequest, "invalid_request")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"priority":"safety"}""", HttpStatusCode.Forbidden, "forbidden")]
    public async Task Completion_WrongQuery_IsRefusedInOpenAisShape(string body, HttpStatusCode status, string code)
    {
        await using var rig = await HttpRig.StartAsync();
        using var response = await rig.AskAsync(body);
        Assert.Equal(status, response.StatusCode);
        var error = (await BodyAsync(response))["error"]!;
        Assert.Equal(code, (string?)error["code"]);
        Assert.NotEmpty((string?)error["message"] ?? "");
        Assert.NotEmpty((string?)error["type"] ?? "");
        Assert.True(error.AsObject().ContainsKey("param"));
    }

    [Fact]
    public async Task Completion_DeeplyNestedJson_IsRefused()
    {
        await using var rig = await HttpRig.StartAsync();
        using var response = await rig.AskAsync($$"""{"messages":{{new string('[', 5000)}}{{new string(']', 5000)}}}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Completion_BusyDevice_Says429AndWhenToComeBack(bool streams)
    {
        await using var rig = await HttpRig.StartAsync(
            new ScriptedStudent { Failure = new EngineBusyException(TimeSpan.FromSeconds(2.2)) });
        using var response = await rig.AskAsync(HttpRig.Question(streams ? "\"stream\":true" : ""));
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), response.Headers.RetryAfter!.Delta);
        Assert.Equal("overloaded", (string?)(await BodyAsync(response))["error"]!["code"]);
    }

    [Fact]
    public async Task Completion_StoppingDevice_Says503()
    {
        await using var rig = await HttpRig.StartAsync();
        await rig.Intake.DrainAsync();
        using var response = await rig.AskAsync(HttpRig.Question());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    /// <summary>A failure behind the first piece cannot change the status any more: it is an event, and no [DONE] follows.</summary>
    [Fact]
    public async Task Completion_FailsBehindAPiece_EndsTheStreamWithAnError()
    {
        var student = new ScriptedStudent();
        student.Hold(afterFirst: true);
        await using var rig = await HttpRig.StartAsync(student, queries: new QueryOptions { DrainTimeout = TimeSpan.Zero });
        using var response = await rig.OpenAsync(HttpRig.Question("\"stream\":true"), Token);
        await rig.Intake.DrainAsync(); // running answers are ended
        var events = await EventsAsync(response);
        Assert.Equal("unavailable", (string?)JsonNode.Parse(events[^1])!["error"]!["code"]);
        Assert.DoesNotContain("[DONE]", events);
    }

    [Fact]
    public async Task Completion_RequestIdOfTheClient_ComesBack()
    {
        await using var rig = await HttpRig.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = HttpRig.Json(HttpRig.Question()) };
        request.Headers.Add(ChatResource.RequestIdHeader, "mine-7");
        using var response = await rig.Client.SendAsync(request, Token);
        Assert.Equal("mine-7", (string?)(await BodyAsync(response))["agent"]!["request_id"]);
    }

    [Theory]
    [InlineData("""{"answer_id":"019ac2f1d0007abc8def0123456789ab","rating":5}""", HttpStatusCode.NoContent)]
    [InlineData("""{"answer_id":"019ac2f1d0007abc8def0123456789ab","rating":6}""", HttpStatusCode.BadRequest)]
    public async Task Feedback_Rating_IsTakenOrRefused(string body, HttpStatusCode status)
    {
        await using var rig = await HttpRig.StartAsync();
        using var response = await rig.Client.PostAsync("v1/feedback", HttpRig.Json(body), Token);
        Assert.Equal(status, response.StatusCode);
    }
}
