using System.Net;
using System.Text;
using EdgeAgent.Evaluation.Suites;

namespace EdgeAgent.Tests.Evaluation.Suites;

/// <summary>Conversations that a judge grades; without a judge the reader is told.</summary>
public sealed class ConversationSuiteTests
{
    private static readonly ConversationItem[] Items =
        [new("81", "writing", ["Write it.", "Shorter."]), new("82", "writing", ["Say it.", "Again."])];

    private sealed class RecordingJudge(params double?[] grades) : IJudge
    {
        private int _next;

        public List<string> Questions { get; } = [];

        public Task<double?> GradeAsync(string question, string answer, CancellationToken cancellationToken)
        {
            Questions.Add(question);
            return Task.FromResult(grades[_next++]);
        }
    }

    [Fact]
    public async Task Judge_IsAbsent_SaysHowToNameOne()
    {
        var result = await new ConversationSuite(Items, null).ScoreAsync(Answers(), TestContext.Current.CancellationToken);
        Assert.Empty(result.Scores);
        Assert.Contains("--judge URL", Assert.Single(result.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judge_GradesEachTurnWithWhatCameBefore()
    {
        var judge = new RecordingJudge(8, 6, 10, null);
        var result = await new ConversationSuite(Items, judge).ScoreAsync(Answers(), TestContext.Current.CancellationToken);
        Assert.Equal(("grade", 8.0, 3), (result.Scores[0].Name, result.Scores[0].Value, result.Scores[0].Of));
        Assert.Contains("no grade to 1", Assert.Single(result.Notes), StringComparison.Ordinal);
        Assert.Equal("Write it.", judge.Questions[0]);
        Assert.Contains("81 first", judge.Questions[1], StringComparison.Ordinal);
        Assert.EndsWith("Shorter.", judge.Questions[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conversation_HasNoAnswer_GetsTheLowestGrade()
    {
        var outputs = new Dictionary<string, SuiteOutput> { ["81"] = new("81", ["a", "b"], 1, null) };
        var result = await new ConversationSuite(Items, new RecordingJudge(9, 9)).ScoreAsync(outputs,
            TestContext.Current.CancellationToken);
        Assert.Equal(5, result.Scores[0].Value);
    }

    [Theory]
    [InlineData("Good. [[7]]", 7.0)]
    [InlineData("[[3]] no, rather [[4.5]]", 4.5)]
    [InlineData("[[11]]", null)]
    [InlineData("seven", null)]
    public void Grade_IsTheLastOneInBrackets(string text, double? expected) => Assert.Equal(expected, JudgeClient.Grade(text));

    [Fact]
    public async Task Client_SpeaksChatCompletions()
    {
        string? sent = null, authorization = null;
        using var client = new HttpClient(new Handler(async request =>
        {
            sent = await request.Content!.ReadAsStringAsync();
            authorization = request.Headers.Authorization?.ToString();
            return """{"choices":[{"message":{"content":"Fine. [[9]]"}}]}""";
        }));
        var judge = new JudgeClient(client, new Uri("http://judge.invalid/v1/chat/completions"), "m", "secret");
        Assert.Equal(9, await judge.GradeAsync("the question", "the answer", TestContext.Current.CancellationToken));
        Assert.Contains("the answer", sent, StringComparison.Ordinal);
        Assert.Equal("Bearer secret", authorization);
    }

    private static Dictionary<string, SuiteOutput> Answers() =>
        Items.ToDictionary(i => i.Id, i => new SuiteOutput(i.Id, [$"{i.Id} first", $"{i.Id} second"], 2, null));

    private sealed class Handler(Func<HttpRequestMessage, Task<string>> reply) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            new(HttpStatusCode.OK) { Content = new StringContent(await reply(request), Encoding.UTF8, "application/json") };
    }
}
