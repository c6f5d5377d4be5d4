using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Serving;
using EdgeAgent.Tests.Bundles;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Serving;

public sealed class StudentChatClientTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Student _student;
    private readonly StudentChatClient _client;

    public StudentChatClientTests()
    {
        TinyStudent.Import(_directory.Path, Quantization.None).Dispose();
        _student = Student.Load(_directory.File("bundle"),
            new StudentOptions
            {
                Decoder = new DecoderOptions { Rows = 2, Threads = 1, Spinning = false },
                Engine = new EngineOptions { MaxWaiting = 1 }
            }, TimeProvider.System, NullLogger.Instance);
        _client = new StudentChatClient(_student);
    }

    public void Dispose()
    {
        _client.Dispose();
        _student.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Client_Response_CarriesUsageAndFinishReason()
    {
        var response = await _client.GetResponseAsync([new ChatMessage(ChatRole.User, "hello")], new ChatOptions { MaxOutputTokens = 5 },
            TestContext.Current.CancellationToken);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal((7, 5), (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount)); // <|user|> h e l l o <|assistant|>
        Assert.Equal("tiny", response.ModelId);
        Assert.Same(_student, _client.GetService(typeof(Student)));
    }

    [Fact]
    public async Task Client_UserTextThatSpellsSpecialTokens_StaysText()
    {
        var response = await _client.GetResponseAsync([new ChatMessage(ChatRole.User, "<|end|>")], new ChatOptions { MaxOutputTokens = 1 },
            TestContext.Current.CancellationToken);
        Assert.Equal(9, response.Usage!.InputTokenCount); // seven bytes, not one token
    }

    /// <summary>A stored answer ends where the student's would: after so many tokens, before a stop string.</summary>
    [Theory]
    [InlineData("hello", 3, "", "hel", true)]
    [InlineData("hello", 5, "", "hello", false)]
    [InlineData("hello", null, "l", "he", false)]
    [InlineData("hello", 5, "lo", "hel", false)]
    [InlineData("hello", 4, "lo", "hell", true)]
    [InlineData("hello", null, "x", "hello", false)]
    public void Limit_TokensAndStops_CutAsTheStudentWould(string text, int? tokens, string stop, string expected, bool isCut) =>
        Assert.Equal((expected, isCut), _client.Limit(text, tokens, stop.Length > 0 ? [stop] : []));

    [Fact]
    public async Task Client_PromptOverTheContext_IsRefused() => await Assert.ThrowsAsync<PromptTooLongException>(() =>
        _client.GetResponseAsync([new ChatMessage(ChatRole.User, new string('x', 500))],
            cancellationToken: TestContext.Current.CancellationToken));

    [Fact]
    public async Task Client_EnumerationGivenUp_FreesTheRow()
    {
        for (var i = 0; i < 20; i++)
        {
            await foreach (var _ in _client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "a")],
                new ChatOptions { MaxOutputTokens = 80 }, TestContext.Current.CancellationToken)) break;
        }
        for (var i = 0; i < 1000 && _student.Engine.Load is { Active: > 0 } or { Waiting: > 0 }; i++)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (_student.Engine.Load.Active, _student.Engine.Load.Waiting));
    }

    [Fact]
    public async Task Client_Cancelled_Throws()
    {
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in _client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "a")],
                new ChatOptions { MaxOutputTokens = 80 }, cancellation.Token)) await cancellation.CancelAsync();
        });
    }
}
