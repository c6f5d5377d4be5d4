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

    /// <summary>
    /// What two clients have asked is known after a restart; what one has asked is not on the disk.
    /// </summary>
    [Fact]
    public async Task Student_Restarted_KnowsTheBeginningsThatClientsShare()
    {
        var state = _directory.File("prefixes");
        Student Load() => Student.Load(_directory.File("bundle"), new StudentOptions
        {
            Decoder = new DecoderOptions { Rows = 2, Threads = 1, Spinning = false },
            PrefixDirectory = state,
            PrefixFileBytes = 1 << 20,
        }, TimeProvider.System, NullLogger.Instance);
        async Task Ask(Student student, string client, string page)
        {
            using var chat = new StudentChatClient(student);
            await chat.GetResponseAsync([new ChatMessage(ChatRole.User, page)], new ChatOptions
            {
                MaxOutputTokens = 1,
                AdditionalProperties = new AdditionalPropertiesDictionary { [StudentContract.Client] = client },
            }, TestContext.Current.CancellationToken);
        }
        var (shared, own) = (new string('s', 50), new string('o', 50));
        using (var student = Load())
        {
            await Ask(student, "a", own);
            Assert.Empty(Directory.Exists(state) ? Directory.GetFiles(state) : []);
            await Ask(student, "a", shared);
            await Ask(student, "b", shared);
        }
        Assert.Single(Directory.GetFiles(state));
        using var again = Load();
        await Waiting.ForAsync(() => again.Engine.Prefixes.Cache!.Counts.Blocks > 0);
        Assert.Equal(1, again.Engine.Prefixes.Cache!.Counts.Blocks);
        await Ask(again, "c", shared);
        await Ask(again, "a", own);
        Assert.Equal((1L, 1L), (again.Engine.Prefixes.Cache.Counts.Hits, again.Engine.Prefixes.Cache.Counts.Misses));
    }

    /// <summary>A request that is withdrawn for others' sake is the device's being busy, not the student's failure.</summary>
    [Fact]
    public void Failure_Busy_SaysWhy()
    {
        var failure = ServingFailure.Of(new EngineBusyException(TimeSpan.FromSeconds(2), "3 queries of this client wait or run already"));
        Assert.Equal((ServingFailureKind.Busy, "3 queries of this client wait or run already", TimeSpan.FromSeconds(2)),
            (failure.Kind, failure.Message, failure.RetryAfter!.Value));
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
