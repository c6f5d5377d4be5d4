using System.Text;
using CsCheck;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Mqtt;
using EdgeAgent.Queries;

namespace EdgeAgent.Tests.Endpoints.Mqtt;

public sealed class QueryReaderTests
{
    private const string Model = "cell-student";
    private static readonly QueryOptions Options = new();

    private static InboundMessage Message(byte[] payload, string? replyTopic = "clients/t1/rsp", byte[]? correlation = null,
        string? contentType = "application/json") =>
        new("edge/v1/local/edge-1/query", payload, 0)
        {
            ResponseTopic = replyTopic,
            Correlation = correlation ?? new byte[16],
            ContentType = contentType
        };

    private static ReceivedQuery Parse(string payload, string? replyTopic = "clients/t1/rsp", byte[]? correlation = null,
        string? contentType = "application/json") =>
        QueryReader.Read(Message(Encoding.UTF8.GetBytes(payload), replyTopic, correlation, contentType), Options, Model);

    private static string Ask(string extra = "") => $$"""{"messages":[{"role":"user","content":"SP-14?"}]{{extra}}}""";

    [Fact]
    public void Read_ChatCompletions_ReadsEveryField()
    {
        var received = Parse("""
            {"id":"q1","model":"cell-student","messages":[{"role":"system","content":"s"},
             {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}],
             "max_tokens":9,"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.1,"repetition_penalty":1.1,"seed":-7,
             "stream":false,"stop":["x","y"],"reasoning_effort":"low","include_reasoning":true,
             "user":"u","conversation":"c","unknown":{"deep":[1]}}
            """);
        var query = received.Query!;
        Assert.Equal(("q1", "clients/t1/rsp"), (received.ReplyTo!.RequestId, received.ReplyTo.Topic));
        Assert.Equal(["s", "ab"], query.Messages.Select(m => m.Content));
        Assert.Equal((9, 0.5f, 0.9f, 40, 0.1f, 1.1f, -7L, false),
            (query.MaxTokens, query.Temperature, query.TopP, query.TopK, query.MinP, query.RepetitionPenalty, query.Seed, query.Stream));
        Assert.Equal(["x", "y"], query.Stop);
        Assert.Equal(("low", true), (query.ReasoningEffort, query.IncludeReasoning));
        Assert.Equal(("none", false), Parse(Ask()).Query is { } plain ? (plain.ReasoningEffort, plain.IncludeReasoning) : default);
    }

    /// <summary>Only terminals that the deployer named may go before all others.</summary>
    [Theory]
    [InlineData("clients/siren-1/rsp", true)]
    [InlineData("clients/t1/rsp", false)]
    public void Read_PrioritySafety_IsForConfiguredReplyTopicsOnly(string replyTopic, bool isAllowed)
    {
        var options = Options with { SafetyPrefixes = ["clients/siren-"] };
        ReceivedQuery Read(string extra) =>
            QueryReader.Read(Message(Encoding.UTF8.GetBytes(Ask(extra)), replyTopic), options, Model);
        var received = Read(""","priority":"safety" """);
        Assert.Equal((isAllowed, isAllowed ? null : "forbidden"), (received.Query?.IsSafety == true, received.Error?.Code));
        Assert.False(Read(""","priority":"normal" """).Query!.IsSafety);
        Assert.False(Read("").Query!.IsSafety);
        Assert.Equal("priority must be normal or safety", Read(""","priority":"high" """).Error!.Message);
    }

    [Fact]
    public void Read_Version311_TakesReplyTopicAndIdFromTheJson()
    {
        var received = Parse(Ask(""","reply_to":"clients/old/rsp","id":"7" """), replyTopic: null, correlation: []);
        Assert.NotNull(received.Query);
        Assert.Equal(("clients/old/rsp", "7"), (received.ReplyTo!.Topic, received.ReplyTo.RequestId));
    }

    [Theory]
    [InlineData("text/plain", "主轴 SP-14?", true)]
    [InlineData("text/plain; charset=utf-8", "{not json}", true)]
    [InlineData(null, "SP-14?", true)]
    [InlineData(null, " {\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]}", false)]
    public void Read_PlainText_IsTheWholeQuestion(string? contentType, string payload, bool plain)
    {
        var query = Parse(payload, contentType: contentType).Query!;
        Assert.Equal(plain ? payload : "q", query.Messages[^1].Content);
    }

    /// <summary>Many clients send both limits and leave one null.</summary>
    [Theory]
    [InlineData(""","max_completion_tokens":null,"max_tokens":8""", 8, true)]
    [InlineData(""","max_completion_tokens":7,"max_tokens":null""", 7, true)]
    [InlineData(""","max_completion_tokens":null""", 0, false)]
    public void Read_NullLimit_DoesNotHideTheOther(string fields, int limit, bool isGiven)
    {
        var query = Parse(Ask(fields)).Query!;
        Assert.Equal((limit == 0 ? Options.DefaultTokens : limit, isGiven), (query.MaxTokens, query.HasTokenLimit));
    }

    /// <summary>Windows clients put a byte order mark before their JSON.</summary>
    [Theory]
    [InlineData(null, "clients/t1/rsp")]
    [InlineData("application/json", "clients/t1/rsp")]
    [InlineData(null, null)]
    public void Read_ByteOrderMark_IsSkipped(string? contentType, string? replyTopic)
    {
        byte[] payload = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Ask(""","max_tokens":8,"reply_to":"clients/o/rsp","id":"1" """))];
        var received = QueryReader.Read(Message(payload, replyTopic, contentType: contentType), Options, Model);
        Assert.Equal(("SP-14?", 8), (received.Query!.Messages[0].Content, received.Query.MaxTokens));
    }

    /// <summary>Fields that give an answer its form are refused by name where they are wrong; neutral values change nothing.</summary>
    [Theory]
    [InlineData(""","n":2""", "n must be a whole number in 1..1")]
    [InlineData(""","response_format":"json" """, "response_format must be an object")]
    [InlineData(""","response_format":{"type":"xml"}""", "response_format must be an object")]
    [InlineData(""","response_format":{"type":"json_schema"}""", "response_format.json_schema.schema must be an object")]
    [InlineData(""","response_format":{"type":"json_schema","json_schema":{"schema":[]}}""", "response_format.json_schema.schema")]
    [InlineData(""","response_format":{"type":"json_object"},"guided_regex":"a" """, "response_format and guided_regex cannot")]
    [InlineData(""","response_format":{"type":"json_object"},"stop":"x" """, "stop cannot be used with a format")]
    [InlineData(""","guided_regex":5""", "guided_regex must be a string")]
    [InlineData(""","guided_choice":"a" """, "guided_choice must hold")]
    [InlineData(""","guided_choice":["a",""]""", "guided_choice must hold")]
    [InlineData(""","logprobs":1""", "logprobs must be true or false")]
    [InlineData(""","top_logprobs":5""", "top_logprobs needs logprobs")]
    [InlineData(""","logprobs":true,"top_logprobs":21""", "top_logprobs must be a whole number in 0..20")]
    [InlineData(""","tools":[],"tool_choice":"required" """, "tool_choice is required, and there are no tools")]
    [InlineData(""","tool_choice":{"type":"function"}""", "tool_choice must be")]
    [InlineData(""","tool_choice":{"type":"function","function":{"name":"f"}}""", "tool_choice names a function")]
    [InlineData(""","tools":[{}]""", "tools[0] must be an object of type function")]
    [InlineData(""","tools":[{"type":"function","function":{"name":"a b"}}]""", "tools[0].function.name")]
    [InlineData(""","tools":[{"type":"function","function":{"name":"f"}}],"guided_regex":"a" """, "guided_regex and tools cannot")]
    [InlineData(""","n":1,"response_format":{"type":"text"},"logprobs":false,"top_logprobs":0,"tools":[],"tool_choice":"auto" """, null)]
    [InlineData(""","n":null,"response_format":null,"logprobs":null,"tool_choice":"none" """, null)]
    public void Read_FormatFieldThatIsWrong_IsRefusedByName(string fields, string? named)
    {
        var received = Parse(Ask(fields));
        if (named is null) Assert.Equal((true, false), (received.Query!.IsPlain, received.Query.Format.NeedsStudent));
        else Assert.StartsWith(named, received.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Formats_AreRead()
    {
        var schema = Parse(Ask("""
            ,"response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type":"null"}}}
            """));
        Assert.Equal("""{"type":"null"}""", schema.Query!.Format.Json!.Schema!.Value.GetRawText());
        Assert.Null(Parse(Ask(""","response_format":{"type":"json_object"}""")).Query!.Format.Json!.Schema);
        Assert.Equal("a+", Parse(Ask(""","guided_regex":"a+" """)).Query!.Format.Regex);
        Assert.Equal(["a", "b"], Parse(Ask(""","guided_choice":["a","b"]""")).Query!.Format.Choice);
        Assert.Equal(7, Parse(Ask(""","logprobs":true,"top_logprobs":7""")).Query!.Format.TopLogprobs);
        var tools = Parse(Ask(""","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]""")).Query!.Format;
        Assert.Equal(("f", true, false, true), (tools.Tools[0].Name, tools.HasTools, tools.IsGiven, tools.NeedsStudent));
    }

    /// <summary>A schema nests deeper than the values it describes.</summary>
    [Fact]
    public void Read_SchemaOfTwentyLevels_IsRead()
    {
        var schema = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 40)) + "{}" + new string('}', 40);
        Assert.NotNull(Parse(Ask(""","response_format":{"type":"json_schema","json_schema":{"schema":""" + schema + "}}")).Query);
    }

    /// <summary>A conversation in which a tool was called: the call as the student writes it, and the tool's answer.</summary>
    [Fact]
    public void Read_ToolMessages_BecomeTheStudentsText()
    {
        var query = Parse("""
            {"messages":[{"role":"user","content":"T1?"},
             {"role":"assistant","content":null,
              "tool_calls":[{"id":"1","type":"function","function":{"name":"read","arguments":"{\"tag\":1}"}}]},
             {"role":"tool","tool_call_id":"1","content":"42"}]}
            """).Query!;
        Assert.Equal(["user", "assistant", "tool"], query.Messages.Select(m => m.Role));
        Assert.Equal("<tool_call>\n{\"name\": \"read\", \"arguments\": {\"tag\":1}}\n</tool_call>", query.Messages[1].Content);
    }

    [Theory]
    [InlineData("text/plain", "SP-14\0?")]
    [InlineData(null, """{"messages":[{"role":"user","content":"a\u0000b"}]}""")]
    [InlineData(null, """{"messages":[{"role":"user","content":[{"type":"text","text":"a\u0000b"}]}]}""")]
    public void Read_NulCharacter_IsRefused(string? contentType, string payload) =>
        Assert.Contains("NUL", Parse(payload, contentType: contentType).Error!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""[{"role":"user","content":"x"}]""", false)]
    [InlineData("[SP-14] what now?", true)]
    public void Read_ArrayWithoutContentType_IsNoQuestion(string payload, bool isQuestion) =>
        Assert.Equal(isQuestion, Parse(payload, contentType: null).Query is not null);

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("{}", "messages must be an array")]
    [InlineData("""{"messages":[]}""", "1..64 entries")]
    [InlineData("""{"messages":["x"]}""", "messages[0] must be an object")]
    [InlineData("""{"messages":[{"role":"robot","content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages[0].content is missing")]
    [InlineData("""{"messages":[{"role":"user","content":5}]}""", "messages[0].content must be")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}""", "type text only")]
    [InlineData("""{"messages":[{"role":"user","content":"  "}]}""", "question is empty")]
    [InlineData("""{"messages":[{"role":"user","content":""}]}""", "question is empty")]
    [InlineData("""{"messages":[{"role":"assistant","content":"x"}]}""", "role user")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud800"}]}""", "not valid Unicode")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"max_tokens":0}""", "max_tokens must be a whole number in 1..1024")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"max_tokens":100000}""", "max_tokens")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"max_tokens":"5"}""", "max_tokens")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"temperature":9}""", "temperature must be a number in 0..2")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"temperature":1e999}""", "temperature")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"stream":"yes"}""", "stream must be true or false")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"stop":[1]}""", "stop must be")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"seed":1.5}""", "seed")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"model":"gpt-9"}""",
        "unknown model 'gpt-9'; this device serves 'cell-student'")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"reasoning_effort":"most"}""",
        "reasoning_effort must be one of none, low, medium, high")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"include_reasoning":1}""", "include_reasoning must be true or false")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"id":5}""", "id must be a string")]
    public void Read_Wrong_IsOneErrorThatSaysWhat(string payload, string said)
    {
        var parsed = Parse(payload);
        Assert.Equal(ErrorCodes.InvalidRequest, parsed.Error?.Code);
        Assert.Contains(said, parsed.Error!.Message, StringComparison.Ordinal);
        Assert.Equal("clients/t1/rsp", parsed.ReplyTo?.Topic);
    }

    [Theory]
    [InlineData("""{"\ud800":1,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("""{"messages":[{"role":"user","\udfff":2,"content":"x"}]}""")]
    [InlineData("""{"messages":[{"role":"\ud800","content":"x"}]}""")]
    public void Read_LoneSurrogatesInNamesAndWords_HaveOneOutcome(string payload)
    {
        var parsed = Parse(payload);
        Assert.True(parsed.Query is not null ^ parsed.Error is not null);
        Assert.NotNull(parsed.ReplyTo);
    }

    [Fact]
    public void Read_InvalidUtf8_IsAnError() =>
        Assert.Contains("UTF-8", QueryReader.Read(Message([0x7b, 0xff, 0xfe]), Options, Model).Error!.Message, StringComparison.Ordinal);

    [Fact]
    public void Read_DeeplyNested_IsAnErrorNotAStackOverflow() =>
        Assert.Equal(ErrorCodes.InvalidRequest, Parse(new string('[', 200_000).Insert(0, "{\"a\":")).Error?.Code);

    [Fact]
    public void Read_PayloadOverTheLimit_IsTooLong() =>
        Assert.Equal(ErrorCodes.TooLong, Parse(new string('x', Options.MaxPayloadBytes + 1), contentType: "text/plain").Error?.Code);

    [Theory]
    [InlineData("clients/+/rsp")]
    [InlineData("clients/#")]
    [InlineData("edge/v1/local/edge-1/query")]
    [InlineData("other/t1")]
    [InlineData("clients/")]
    [InlineData("clients/a\nb")]
    public void Read_ReplyTopicForbidden_IsDroppedAndCounted(string topic)
    {
        Assert.Equal("reply_topic_forbidden", Parse(Ask(), topic).DropReason);
        Assert.Equal("reply_topic_forbidden",
            Parse(Ask($$""","reply_to":{{System.Text.Json.JsonSerializer.Serialize(topic)}},"id":"1" """), replyTopic: null).DropReason);
    }

    [Fact]
    public void Read_NoReplyTopic_IsDroppedAndCounted()
    {
        Assert.Equal("no_reply_topic", Parse(Ask(), replyTopic: null).DropReason);
        Assert.Equal("no_reply_topic", Parse("q", replyTopic: null, contentType: "text/plain").DropReason);
        Assert.Equal("no_reply_topic", Parse("{broken", replyTopic: null).DropReason);
    }

    [Fact]
    public void Read_NoCorrelation_IsAnError()
    {
        Assert.Contains("correlation", Parse(Ask(), correlation: []).Error!.Message, StringComparison.Ordinal);
        Assert.Contains("correlation", Parse("q", correlation: [], contentType: "text/plain").Error!.Message, StringComparison.Ordinal);
        Assert.Contains("correlation", Parse(Ask(), correlation: new byte[500]).Error!.Message, StringComparison.Ordinal);
        Assert.NotNull(Parse(Ask(""","id":"a" """), correlation: []).Query);
    }

    /// <summary>Whatever the payload, there is exactly one of a query, an error with an address, or a reason to drop.</summary>
    [Fact]
    public void Read_RandomMutations_HaveExactlyOneOutcome()
    {
        var valid =
            Encoding.UTF8.GetBytes(
                @"{""id"":""q"",""reply_to"":""clients/a/rsp"",""messages"":[{""role"":""system"",""content"":""s""}," +
                @"{""role"":""user"",""content"":[{""type"":""text"",""text"":""报警""}]}],""max_tokens"":9,""temperature"":0.5," +
                @"""stop"":[""x""],""stream"":true,""seed"":3}");
        Gen.Select(Gen.Int[0, 8], Gen.Int, Gen.Int[0, 3]).Sample((edits, seed, how) =>
        {
            var random = new Random(seed);
            var bytes = valid.ToList();
            for (var i = 0; i < edits; i++)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                    case 1: bytes.Insert(at, (byte)"{}[]\",:0-9eNtu\\"[random.Next(15)]); break;
                    case 2: bytes[at] = (byte)random.Next(256); break;
                    default: bytes.InsertRange(at, valid.Skip(random.Next(valid.Length)).Take(random.Next(20))); break;
                }
                if (bytes.Count == 0) bytes.Add(0);
            }
            var parsed =
                QueryReader.Read(Message([.. bytes], how is 0 or 1 ? "clients/t1/rsp" : null, how == 1 ? [] : new byte[16],
                    how == 3 ? null : "application/json"), Options, Model);
            Assert.Equal(1, (parsed.Query is null ? 0 : 1) + (parsed.Error is null ? 0 : 1) + (parsed.DropReason is null ? 0 : 1));
            Assert.Equal(parsed.DropReason is null, parsed.ReplyTo is not null);
        }, iter: Fuzzing.Cases);
    }
}
