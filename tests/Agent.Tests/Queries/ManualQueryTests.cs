using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Knowledge;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Telemetry;
using EdgeAgent.Tests.Knowledge;
using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Queries;

/// <summary>Queries that documents answer, from the message to the reply.</summary>
public sealed class ManualQueryTests : IDisposable
{
    private const string Torque = "torque of the tool turret bolts", Quoted = "Tighten the tool turret bolts M8 to 25 Nm. [1]";

    private readonly TemporaryDirectory _root = new();
    private readonly RecordingPublisher _publisher = new();
    private readonly Desensitizer _desensitizer = new(new PrivacyOptions(), entities: null);

    public void Dispose() => _root.Dispose();

    private async Task<JsonNode> AskAsync(string payload, ScriptedStudent student, KnowledgeOptions? options = null, Level level = Level.L0,
        AnswerCache? answers = null, bool isLoaded = true, string id = "a")
    {
        var manuals = new Manuals(options ?? new KnowledgeOptions());
        if (isLoaded) manuals.Serve(Libraries.Plant);
        using var metrics = new AgentMetrics();
        await using var rig = new QueryRig(student, _publisher, metrics, TimeProvider.System, desensitizer: _desensitizer, answers: answers,
            heat: new FixedHeat(() => level), manuals: manuals);
        rig.Receive(new InboundMessage("edge/v1/local/edge-1/query", Encoding.UTF8.GetBytes(payload), TimeProvider.System.GetTimestamp())
        {
            ResponseTopic = "clients/t/rsp",
            Correlation = Encoding.UTF8.GetBytes(id),
            Acknowledge = () => Task.CompletedTask,
        });
        var body = await _publisher.TerminalAsync(id);
        await rig.DrainAsync();
        return body;
    }

    private static string Content(JsonNode reply) => reply["choices"]![0]!["message"]!["content"]!.GetValue<string>();

    private static string Source(JsonNode reply) => reply["agent"]!["source"]!.GetValue<string>();

    [Theory]
    [InlineData(Level.L0)]
    [InlineData(Level.L2)]
    [InlineData(Level.L4)]
    public async Task Query_DocumentsAnswer_AreQuotedAtEveryLevelWithoutAStudent(Level level)
    {
        using var student = new ScriptedStudent();
        var reply = await AskAsync(Torque, student, level: level);
        Assert.StartsWith(Quoted, Content(reply), StringComparison.Ordinal);
        Assert.Equal(("document", 0), (Source(reply), student.Calls));
        var citation = reply["agent"]!["citations"]![0]!;
        Assert.Equal("lathe.pdf", citation["document"]!.GetValue<string>());
        Assert.Equal((47, 1000, 1042),
            (citation["page"]!.GetValue<int>(), citation["start"]!.GetValue<int>(), citation["end"]!.GetValue<int>()));
        Assert.Equal("6 Maintenance > 6.3 Torques", citation["section"]!.GetValue<string>());
        Assert.Equal(Libraries.Plant.Version, reply["agent"]!["library"]!.GetValue<string>());
    }

    [Fact]
    public async Task Query_DocumentsSayNothing_IsRefusedAndNeverAskedOfTheStudent()
    {
        using var student = new ScriptedStudent();
        var reply = await AskAsync("What does alarm SP-99 mean?", student);
        Assert.StartsWith("The manuals do not say.", Content(reply), StringComparison.Ordinal);
        Assert.Equal(("document", 0), (Source(reply), student.Calls));
        Assert.Empty(reply["agent"]!["citations"]!.AsArray());
        Assert.NotEmpty(reply["agent"]!["nearest"]!.AsArray());
    }

    [Fact]
    public async Task Query_NotStrict_WhatDocumentsLackTheStudentAnswers()
    {
        using var student = new ScriptedStudent();
        var reply = await AskAsync("What does alarm SP-99 mean?", student, new KnowledgeOptions { Strict = false });
        Assert.Equal(("model", 1), (Source(reply), student.Calls));
        Assert.Null(reply["agent"]!["citations"]);
    }

    [Fact]
    public async Task Query_LibraryCannotBeLoaded_IsSaidAndNotAnsweredFromMemory()
    {
        using var student = new ScriptedStudent();
        var reply = await AskAsync(Torque, student, new KnowledgeOptions { Library = "/manuals" }, isLoaded: false);
        Assert.StartsWith("The manuals cannot be read at present.", Content(reply), StringComparison.Ordinal);
        Assert.Equal(0, student.Calls);
    }

    [Fact]
    public async Task Query_StudentComposes_FiguresAreHeldToThePassages()
    {
        var options = new KnowledgeOptions { Compose = AnswerComposer.Student };
        using var right = new ScriptedStudent { Script = ["They take ", "25 Nm [1]."] };
        var reply = await AskAsync(Torque, right, options);
        Assert.StartsWith("They take 25 Nm [1].", Content(reply), StringComparison.Ordinal);
        Assert.Equal("model", Source(reply));
        Assert.Contains("Tighten the tool turret bolts M8 to 25 Nm.", right.LastQuestion, StringComparison.Ordinal);
        Assert.Single(_publisher.Messages); // nothing is streamed before it is checked
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Query_StudentComposesWrongOrFails_TheQuotationIsServed(bool fails)
    {
        using var student = new ScriptedStudent
        {
            Script = ["They take ", "35 Nm [1]."],
            Failure = fails ? new InvalidOperationException("provider lost") : null
        };
        var reply = await AskAsync(Torque, student, new KnowledgeOptions { Compose = AnswerComposer.Student });
        Assert.StartsWith(Quoted, Content(reply), StringComparison.Ordinal);
        Assert.DoesNotContain("35 Nm", reply.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(("document", 1), (Source(reply), student.Calls));
    }

    [Fact]
    public async Task Query_LastQuestionOfAConversation_IsAnsweredFromDocuments()
    {
        using var student = new ScriptedStudent();
        var reply = await AskAsync($$"""
            {"messages":[{"role":"user","content":"hello"},{"role":"assistant","content":"hi"},{"role":"user","content":"{{Torque}}"}]}
            """, student);
        Assert.StartsWith(Quoted, Content(reply), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_CuratedAnswer_ComesBeforeDocumentsAndALearnedOneDoesNot()
    {
        await using var answers = new AnswerCache(_root.File("answers.db"), _desensitizer, new AnswerOptions(), "s", TimeProvider.System);
        answers.Correct("""{"id":"w","questions":["where is the water main"],"answer":"Behind gate 4."}"""u8);
        answers.Serve("d");
        for (var i = 0; i < 3; i++)
            answers.Learn(new Candidate($"{i}", _desensitizer.Scrub(Torque), _desensitizer.Scrub("35 Nm"), "d", IsComplete: true,
                IsPlain: true));
        Assert.NotNull(answers.Find(_desensitizer.Scrub(Torque), allowSimilar: false).Entry);
        using var student = new ScriptedStudent();
        Assert.Equal("curated", Source(await AskAsync("where is the water main", student, answers: answers)));
        Assert.Equal("document", Source(await AskAsync(Torque, student, answers: answers, id: "b")));
    }
}
