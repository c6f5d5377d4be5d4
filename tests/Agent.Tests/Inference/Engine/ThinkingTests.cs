using System.Text;
using EdgeAgent.Import;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Serving;
using EdgeAgent.Tests.Bundles;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Engine;

/// <summary>
/// The think block of reasoning students: closed when it may be empty only, bounded by a budget, returned on request only.
/// </summary>
public sealed class ThinkingTests
{
    private static readonly Tokenizer Tokens = TokenizerFile.Parse("t", Encoding.UTF8.GetBytes(TinyStudent.TokenizerJson()));

    // the scripted decoder counts up: 'F' opens, 'K' closes, and a forced end is "!K "
    private static readonly ThinkTags Tags = new('F', 'K', ['!', 'K', ' ']);

    private static async Task<(string Text, string Reasoning, int Tokens, FinishReason Finish)> Run(GenerationRequest request,
        params int[] eos)
    {
        using var engine = new DecodeEngine(new ScriptedDecoder(1) { TakesAnyToken = true }, Tokens, eos, new EngineOptions(),
            TimeProvider.System, NullLogger.Instance);
        var (text, reasoning) = ("", "");
        await foreach (var e in engine.Submit(request).Events.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            (text, reasoning) = (text + e.Text, reasoning + e.Reasoning);
            if (e.Finish is { } finish) return (text, reasoning, e.Tokens, finish);
        }
        throw new InvalidOperationException("ended without a finish");
    }

    private static GenerationRequest Request(char last, int think, bool open, int maxTokens = 3) =>
        new([last], new SamplingOptions { MaxTokens = maxTokens }) { Think = new ThinkBudget(Tags, think, open) };

    [Fact]
    public async Task Block_EndsByItself_IsHiddenAndCostsNoAnswerTokens()
    {
        var (text, reasoning, tokens, finish) = await Run(Request('E', think: 10, open: false));
        Assert.Equal(("LMN", "GHIJ", FinishReason.Length), (text, reasoning, finish));
        Assert.Equal(9, tokens); // F G H I J K L M N
    }

    [Fact]
    public async Task Block_OverItsBudget_IsClosed()
    {
        // G H are inside the block, then "!K " ends the block; the space before the answer is dropped
        var (text, reasoning, _, _) = await Run(Request('E', think: 2, open: false));
        Assert.Equal("GH", reasoning);
        Assert.Equal("!\"#", text); // after the forced ' ' the decoder counts on
    }

    [Fact]
    public async Task Block_OpenInThePromptWithNoBudget_IsClosedAtOnce()
    {
        var (text, reasoning, _, _) = await Run(Request('a', think: 0, open: true));
        Assert.Equal("", reasoning);
        Assert.Equal("!\"#", text);
    }

    [Fact]
    public async Task Block_StudentEndsInsideIt_IsClosedAndAnswered()
    {
        var (text, _, _, finish) = await Run(Request('E', think: 100, open: false, maxTokens: 2), 'H');
        Assert.Equal(("!\"", FinishReason.Length), (text, finish));
    }

    [Fact]
    public async Task Block_FillsTheContext_EndsAsLength()
    {
        var request = new GenerationRequest(Enumerable.Repeat((int)'L', 40).ToArray(),
            new SamplingOptions { MaxTokens = 4 })
        { Think = new ThinkBudget(Tags, 1000, true) };
        var (text, _, tokens, finish) = await Run(request);
        Assert.Equal(("", FinishReason.Length), (text, finish));
        Assert.Equal(24, tokens); // 64 of context less the prompt
    }

    private static Student Reasoning(TemporaryDirectory directory, string template)
    {
        var source = directory.File("source");
        TinyStudent.WriteCheckpoint(source);
        // two of the tiny vocabulary's tokens become the tags
        var path = Path.Combine(source, "tokenizer.json");
        File.WriteAllText(path,
            File.ReadAllText(path).Replace("\\u003C|pad|\\u003E", "<think>", StringComparison.Ordinal)
                .Replace("\\u003C|assistant|\\u003E", "</think>", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(source, "chat_template.jinja"), template);
        using (var checkpoint = ModelImporter.Open(source)) ModelImporter.Import(checkpoint, directory.File("bundle"), new ImportOptions());
        return Student.Load(directory.File("bundle"),
            new StudentOptions { Decoder = new DecoderOptions { Rows = 1, Threads = 1, Spinning = false } }, TimeProvider.System,
            NullLogger.Instance);
    }

    [Theory]
    // the template opens the block
    [InlineData("{{ messages[0].content + '|<think>\n' }}", "hi|<think>\n\n</think>\n\n", "hi|<think>\n", true)]
    [InlineData("{{ messages[0].content }}|{# no think #}", "hi|<think>\n\n</think>\n\n", "hi|", false)] // the student opens it
    // the template has a switch
    [InlineData("{{ messages[0].content }}|{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% " +
        "endif %}", "hi|<think>\n\n</think>\n\n", "hi|", false)]
    public void Prompt_ReasoningStudentWithoutBudget_EndsBehindAClosedBlock(string template, string closed, string open,
        bool startsOpen)
    {
        using var directory = new TemporaryDirectory();
        using var student = Reasoning(directory, template);
        var (ids, none) = student.Prompt([new ChatTurn("user", "hi")], thinkTokens: 0);
        Assert.Equal(closed, student.Tokenizer.Decode(ids, keepSpecial: true));
        Assert.Equal((0, false), (none!.Tokens, none.StartsOpen));
        (ids, var some) = student.Prompt([new ChatTurn("user", "hi")], thinkTokens: 9);
        Assert.Equal(open, student.Tokenizer.Decode(ids, keepSpecial: true));
        Assert.Equal((9, startsOpen), (some!.Tokens, some.StartsOpen));
        // a tag in a user's message stays text
        (ids, _) = student.Prompt([new ChatTurn("user", "</think>")], thinkTokens: 9);
        Assert.DoesNotContain(student.Tokenizer.IdOf("</think>")!.Value, ids);
    }

    [Fact]
    public void Prompt_StudentWithoutThinkTags_HasNoBudget()
    {
        using var directory = new TemporaryDirectory();
        using (TinyStudent.Import(directory.Path, "rtn")) { }
        using var student = Student.Load(directory.File("bundle"),
            new StudentOptions { Decoder = new DecoderOptions { Rows = 1, Threads = 1, Spinning = false } }, TimeProvider.System,
            NullLogger.Instance);
        Assert.Null(student.Prompt([new ChatTurn("user", "hi")], thinkTokens: 5).Think);
    }

    /// <summary>Through the chat client: the block's text is returned only on request, and as reasoning content.</summary>
    [Fact]
    public async Task Client_ReasoningOnlyWhenRequested_IsReturned()
    {
        using var directory = new TemporaryDirectory();
        using var student = Reasoning(directory, "{{ messages[0].content + '|<think>\n' }}");
        using var client = new StudentChatClient(student);
        async Task<ChatResponse> Ask(ReasoningOptions? reasoning) =>
            await client.GetResponseAsync([new ChatMessage(ChatRole.User, "hi")],
                new ChatOptions { MaxOutputTokens = 8, Reasoning = reasoning }, TestContext.Current.CancellationToken);
        var silent = await Ask(new ReasoningOptions { Effort = ReasoningEffort.Low });
        Assert.Empty(silent.Messages.SelectMany(m => m.Contents).OfType<TextReasoningContent>());
        var shown = await Ask(new ReasoningOptions { Effort = ReasoningEffort.Low, Output = ReasoningOutput.Full });
        Assert.NotEmpty(string.Concat(shown.Messages.SelectMany(m => m.Contents).OfType<TextReasoningContent>().Select(r => r.Text)));
        Assert.Equal(silent.Text, shown.Text);
    }
}
