using System.Text.Json.Nodes;
using CsCheck;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Streaming;
using EdgeAgent.Serving;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Privacy.Streaming;

public sealed class OutputFilterTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    private static readonly Desensitizer Strict = new(new PrivacyOptions { StrictOutput = true }, entities: null);

    private static (string Text, int MaxHeld) Stream(string text, int size, Desensitizer? desensitizer = null)
    {
        var guard = new OutputFilter(desensitizer ?? Strict);
        var (result, held) = ("", 0);
        for (var at = 0; at < text.Length; at += size)
        {
            result += guard.Add(text.Substring(at, Math.Min(size, text.Length - at)));
            held = Math.Max(held, guard.Held);
        }
        return (result + guard.Finish(), held);
    }

    [Theory]
    [InlineData("Call Tom at 13812345678, he knows.", "Call Tom at ***********, he knows.")]
    [InlineData("卡号是6222 0212 3456 7890 128。", "卡号是***********************。")]
    [InlineData("mail a.b@example.org now", "mail *************** now")]
    [InlineData("密钥 AKIAIOSFODNN7EXAMPLE!", "密钥 ********************!")]
    [InlineData("SP-14:主轴过热。断电上锁,记入日志第 14 页。", "SP-14:主轴过热。断电上锁,记入日志第 14 页。")]
    [InlineData("Torque 25 Nm, then 6204-2RS at 0.55 MPa; <PHONE_1> was told.",
        "Torque 25 Nm, then 6204-2RS at 0.55 MPa; <PHONE_1> was told.")]
    public void Add_AnswerInAnyPieces_StarsOutWhatIsPersonal(string text, string expected)
    {
        for (var size = 1; size < 9; size++) Assert.Equal(expected, Stream(text, size).Text);
    }

    /// <summary>
    /// Where words wait one piece only, a little of what is personal may be shown before it is known: three digits, or a word's beginning.
    /// </summary>
    [Theory]
    [InlineData("Call Tom at 13812345678, he knows.", "13812345678", 3)]
    [InlineData("卡号是6222 0212 3456 7890 128。", "6222 0212 3456 7890 128", 3)]
    [InlineData("mail john.smith@example.org now", "john.smith@example.org", 5)]
    [InlineData("密钥 AKIAIOSFODNN7EXAMPLE!", "AKIAIOSFODNN7EXAMPLE", 15)]
    public void Add_WordsWaitOnePiece_ShowsLittleOfWhatIsPersonal(string text, string value, int most)
    {
        for (var size = 1; size < 9; size++)
        {
            var shown = Stream(text, size, Patterns).Text;
            var stars = shown.Count(c => c == '*');
            Assert.True(value.Length - stars <= most, $"{size}: {shown}");
            Assert.Equal(text.Length, shown.Length);
        }
    }

    /// <summary>Nothing is lost or added, whatever the text and however it is cut; and what is held back is bounded.</summary>
    [Fact]
    public void Add_AnyText_KeepsItsLengthAndBound() => Gen.Select(Gen.String, Gen.Int[1, 9]).Sample((text, size) =>
    {
        var (result, held) = Stream(text, size);
        Assert.Equal(text.Length, result.Length);
        Assert.InRange(held, 0, 96 + size);
    }, iter: Fuzzing.Cases);

    /// <summary>Tokens by which the student's answers come later because of the guard: at most one for 99 of 100.</summary>
    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task Add_StudentsAnswers_WaitOneTokenAtMost(string language)
    {
        using var student = Student.Load(Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent),
            new StudentOptions { Decoder = new DecoderOptions { Rows = 1, Threads = 1, Spinning = false } }, TimeProvider.System,
            NullLogger.Instance);
        using var client = new StudentChatClient(student);
        var questions =
            new[] { "topic", "alarm" }.SelectMany(suite =>
                File.ReadLines(Path.Combine(SharedData.Repository, "provisioning", "student", "suites", $"{suite}.jsonl"))
                    .Select(l => JsonNode.Parse(l)!).Where(q => q["language"]!.GetValue<string>() == language).Where((_, i) => i % 20 == 0)
                .Take(50)).Select(q => q["question"]!.GetValue<string>());
        var delays = new List<int>();
        foreach (var question in questions)
        {
            var guard = new OutputFilter(Patterns);
            var (arrived, shown, token, waiting) = (0, 0, 0, new Queue<(int End, int Token)>());
            await foreach (var update in client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, question)],
                new ChatOptions { MaxOutputTokens = 100 }, TestContext.Current.CancellationToken))
            {
                waiting.Enqueue((arrived += update.Text.Length, ++token));
                shown += guard.Add(update.Text).Length + (update.FinishReason is null ? 0 : guard.Finish().Length);
                while (waiting.TryPeek(out var piece) && piece.End <= shown) delays.Add(token - waiting.Dequeue().Token);
            }
            Assert.Empty(waiting);
        }
        delays.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{delays.Count} tokens: {string.Join(", ", delays.GroupBy(d => d).Select(g => $"{g.Key} waited {g.Count()}"))}");
        Assert.True(delays.Count > 500);
        Assert.InRange(delays[delays.Count * 99 / 100], 0, 1);
    }

    /// <summary>Chinese text is shown at once, words of letters with the character behind them.</summary>
    [Fact]
    public void Add_OrdinaryText_WaitsForTheWordsEndAtMost()
    {
        var guard = new OutputFilter(Strict);
        Assert.Equal("主轴过热", guard.Add("主轴过热"));
        Assert.Equal("", guard.Add("Turn"));
        Assert.Equal("Turn ", guard.Add(" "));
        Assert.Equal("the ", guard.Add("the key"));
        Assert.Equal("key", guard.Finish());
    }
}
