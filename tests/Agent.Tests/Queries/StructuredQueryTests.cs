using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Tests.Bundles;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Queries;

/// <summary>
/// Queries that ask for a form, for probabilities or for tools, from the message to the reply, with a real (tiny) student.
/// </summary>
public sealed class StructuredQueryTests : IAsyncDisposable
{
    private const string Template = "{% for m in messages %}<|user|>{{ m['content'] }}{% endfor %}" +
        "{% if tools %}{{ tools[0]['function']['name'] }}{% endif %}<|assistant|>";

    private readonly TemporaryDirectory _root = new();
    private readonly RecordingPublisher _publisher = new();
    private readonly AgentMetrics _metrics = new();
    private readonly Desensitizer _desensitizer = new(new PrivacyOptions(), entities: null);
    private readonly AnswerCache _answers;
    private readonly Student _student;
    private readonly QueryRig _rig;

    public StructuredQueryTests()
    {
        TinyStudent.Import(_root.Path, Quantization.None).Dispose();
        File.WriteAllText(Path.Combine(_root.File("bundle"), Bundle.ChatTemplateFileName), Template);
        _student = Student.Load(_root.File("bundle"),
            new StudentOptions { Decoder = new DecoderOptions { Rows = 2, Threads = 1, Spinning = false, Context = 512 } },
            TimeProvider.System, NullLogger.Instance);
        _answers = new AnswerCache(_root.File("answers.db"), _desensitizer, new AnswerOptions { Preset = "Ask the shift lead." }, "s",
            TimeProvider.System);
        _answers.Correct("""{"id":"w","questions":["where is the water main"],"answer":"Behind gate 4."}"""u8);
        _rig = new QueryRig(new StudentChatClient(_student), _publisher, _metrics, TimeProvider.System, desensitizer: _desensitizer,
            answers: _answers);
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        _student.Dispose();
        await _answers.DisposeAsync();
        _metrics.Dispose();
        _root.Dispose();
    }

    private static string Body(string fields, string question = "q") =>
        $$"""{"messages":[{"role":"user","content":"{{question}}"}],{{fields}}}""";

    private Task<JsonNode> AskAsync(string fields, string question = "q") => AskAsync(_rig, _publisher, Body(fields, question));

    private static async Task<JsonNode> AskAsync(QueryRig rig, RecordingPublisher publisher, string body)
    {
        var id = Guid.NewGuid().ToString("n");
        rig.Receive(new InboundMessage("edge/v1/local/edge-1/query", Encoding.UTF8.GetBytes(body), TimeProvider.System.GetTimestamp())
        {
            ContentType = "application/json",
            ResponseTopic = "clients/t/rsp",
            Correlation = Encoding.UTF8.GetBytes(id),
            Acknowledge = () => Task.CompletedTask,
        });
        return await publisher.TerminalAsync(id);
    }

    private static string Content(JsonNode reply) => reply["choices"]![0]!["message"]!["content"]!.GetValue<string>();

    private static string Finish(JsonNode reply) => reply["choices"]![0]!["finish_reason"]!.GetValue<string>();

    [Theory]
    [InlineData(""" "guided_choice":["yes","no"] """, "^(yes|no)$")]
    [InlineData(""" "guided_regex":"[0-9]{3}-[a-f]" """, "^[0-9]{3}-[a-f]$")]
    [InlineData("""
        "response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object","properties":{"ok":{"type":"boolean"},
         "n":{"enum":[1,2]}},"required":["ok","n"]}}}
        """, "^\\{\"ok\": ?(true|false), ?\"n\": ?[12]\\}$")]
    public async Task Query_Format_IsHeldAndStops(string fields, string pattern)
    {
        var reply = await AskAsync(fields);
        Assert.Matches(pattern, Content(reply));
        Assert.Equal("stop", Finish(reply));
    }

    [Fact]
    public async Task Query_FormatCutByItsTokens_SaysLength()
    {
        var reply = await AskAsync(""" "guided_regex":"a{40}","max_tokens":5 """);
        Assert.Equal(("aaaaa", "length"), (Content(reply), Finish(reply)));
    }

    [Theory]
    [InlineData(""" "guided_regex":"a(?=b)" """, "guided_regex: look-around")]
    [InlineData(""" "response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object","properties":{"a":{"not":{}}}}}} """,
        "response_format#/properties/a: the keyword not is not supported")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"x"}}}],"tool_choice":"required" """,
        "tools[0].function.parameters#/type")]
    public async Task Query_FormatThatCannotBeHeld_IsAnInvalidRequestWithItsPlace(string fields, string said)
    {
        var reply = await AskAsync(fields);
        Assert.Equal("invalid_request", reply["error"]!["code"]!.GetValue<string>());
        Assert.StartsWith(said, reply["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    /// <summary>The stored answer is a sentence: it is no answer to a query that asks for JSON, logprobs or a tool's call.</summary>
    [Theory]
    [InlineData(""" "temperature":0 """, "curated")]
    [InlineData(""" "guided_choice":["yes"] """, "model")]
    [InlineData(""" "logprobs":true,"max_tokens":2 """, "model")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f"}}],"max_tokens":2 """, "model")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none" """, "curated")]
    public async Task Query_OnlyTheStudentWillDo_GetsNoStoredAnswer(string fields, string source) =>
        Assert.Equal(source, (await AskAsync(fields, "where is the water main"))["agent"]!["source"]!.GetValue<string>());

    [Fact]
    public async Task Query_Logprobs_AreOneForEachToken()
    {
        var reply = await AskAsync(""" "guided_choice":["yes"],"logprobs":true,"top_logprobs":3 """);
        var tokens = reply["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        Assert.Equal(["y", "e", "s"], tokens.Select(t => t!["token"]!.GetValue<string>()));
        Assert.All(tokens, t =>
        {
            Assert.True(t!["logprob"]!.GetValue<double>() <= 0);
            Assert.Equal(3, t["top_logprobs"]!.AsArray().Count);
        });
        Assert.Null((await AskAsync(""" "guided_choice":["yes"] """))["choices"]![0]!["logprobs"]);
    }

    [Fact]
    public async Task Query_RequiredTool_IsCalledWithArgumentsOfItsSchema()
    {
        var reply = await AskAsync("""
            "tools":[{"type":"function","function":{"name":"read","parameters":{"type":"object",
             "properties":{"tag":{"enum":["T1","T2"]}},"required":["tag"]}}}],"tool_choice":"required"
            """);
        var choice = reply["choices"]![0]!;
        var call = choice["message"]!["tool_calls"]![0]!;
        Assert.Equal(("tool_calls", "function", "read"), (choice["finish_reason"]!.GetValue<string>(),
            call["type"]!.GetValue<string>(), call["function"]!["name"]!.GetValue<string>()));
        var arguments = JsonNode.Parse(call["function"]!["arguments"]!.GetValue<string>())!;
        Assert.Contains(arguments["tag"]!.GetValue<string>(), new[] { "T1", "T2" });
        Assert.Null(choice["message"]!["content"]);
        Assert.DoesNotContain(_publisher.Messages.Where(m => m.Sequence is not null),
            m => Encoding.UTF8.GetString(m.Payload.Span).Contains("tool_call", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Query_ToolsForATemplateThatTakesNone_AreRefused()
    {
        using var directory = new TemporaryDirectory();
        TinyStudent.Import(directory.Path, Quantization.None).Dispose();
        using var student = Student.Load(directory.File("bundle"),
            new StudentOptions { Decoder = new DecoderOptions { Rows = 1, Threads = 1, Spinning = false } }, TimeProvider.System,
            NullLogger.Instance);
        await using var rig = new QueryRig(new StudentChatClient(student), _publisher, _metrics, TimeProvider.System);
        var reply = await AskAsync(rig, _publisher, Body(""" "tools":[{"type":"function","function":{"name":"f"}}] """));
        Assert.Contains("the student's chat template takes none", reply["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    /// <summary>What a tool's description spells is text to the tokenizer, not a control token.</summary>
    [Fact]
    public void Prompt_ToolThatSpellsASpecialToken_StaysText()
    {
        using var tools = System.Text.Json.JsonDocument.Parse("""[{"function":{"name":"<|end|>"}}]""");
        var (ids, _) = _student.Prompt([new("user", "q")], 0, tools.RootElement);
        Assert.DoesNotContain(TinyStudent.End, ids);
        Assert.Contains("<|end|>", _student.Tokenizer.Decode(ids), StringComparison.Ordinal);
    }

    /// <summary>
    /// The asker's own values come back with JSON's escapes; an answer that lost its form on the way, since a number was starred out,
    /// says so and carries no probabilities.
    /// </summary>
    [Theory]
    [InlineData("{\"who\":\"<ORDER_1>\"}", "{\"who\":\"#\\\"ab\\\"#\"}", "stop", true)]
    [InlineData("{\"who\":\"x\",\"n\":13987654321}", "{\"who\":\"x\",\"n\":***********}", "content_filter", false)]
    public async Task Query_ValuesRestoredOrHidden_KeepTheFormOrSaySo(string written, string shown, string finish, bool hasLogprobs)
    {
        var options = new PrivacyOptions
        {
            Recognizers = [new CustomRecognizer { Name = "orders", Type = "ORDER", Pattern = "#\"[a-z]+\"#", Score = 1 }],
        };
        using var student = new WritingStudent(written, new StudentChatClient(_student));
        await using var rig = new QueryRig(student, _publisher, _metrics, TimeProvider.System,
            desensitizer: new Desensitizer(options, entities: null));
        var reply = await AskAsync(rig, _publisher, Body("""
            "response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object","properties":{"who":{"type":"string"},
             "n":{"type":"integer"}}}}},"logprobs":true
            """, "whose is #\\\"ab\\\"#?"));
        Assert.Equal((shown, finish), (Content(reply), Finish(reply)));
        Assert.Equal(hasLogprobs, reply["choices"]![0]!["logprobs"] is not null);
    }

    /// <summary>Says what a test tells it; judges forms as the student does.</summary>
    private sealed class WritingStudent(string text, StudentChatClient real) : DelegatingChatClient(real)
    {
        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
            ChatOptions? options = null,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            foreach (var piece in text.Chunk(3))
                yield return new ChatResponseUpdate(ChatRole.Assistant, new string(piece))
                {
                    AdditionalProperties = new()
                    {
                        [StudentContract.Logprobs] = new[] { new TokenProbability(Encoding.UTF8.GetBytes(piece), -1, []) },
                    },
                };
            yield return new ChatResponseUpdate(ChatRole.Assistant, "") { FinishReason = ChatFinishReason.Stop };
        }
    }
}
