using EdgeAgent.Answers;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Privacy;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Answers;

/// <summary>Answers the student gave, given again: which may be, to whom, and how they go.</summary>
public sealed class LearnedTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Desensitizer _desensitizer = Desensitizer.Create(new PrivacyOptions());

    public void Dispose() => _root.Dispose();

    private AnswerCache Desk(AnswerOptions? options = null, string scope = "s|p1", string model = "m1")
    {
        var desk = new AnswerCache(_root.File("answers.db"), _desensitizer, options ?? new AnswerOptions(), scope, _clock);
        desk.Serve(model);
        return desk;
    }

    private Candidate Candidate(string question, string answer = "Press R4.", string id = "a1", string model = "m1") =>
        new(id, _desensitizer.Scrub(question), _desensitizer.PatternsOnly.Scrub(answer), model, IsComplete: true, IsPlain: true);

    private string? Twice(AnswerCache desk, Candidate candidate)
    {
        Assert.Equal("asked for the first time", desk.Learn(candidate));
        return desk.Learn(candidate);
    }

    private bool Has(AnswerCache desk, string question) => desk.Find(_desensitizer.Scrub(question), mayGuess: false).IsHit;

    [Fact]
    public async Task Learn_SecondTime_ServesTheSameQuestionAndOutlivesTheProcess()
    {
        await using (var desk = Desk())
        {
            Assert.Null(Twice(desk, Candidate("How do I reset the robot?")));
            Assert.Equal("known", desk.Learn(Candidate("How do I reset the robot?")));
            Assert.False(Has(desk, "How do I reset the conveyor?"));
        }
        await using var again = Desk();
        var hit = again.Find(_desensitizer.Scrub("how do I RESET the robot"), mayGuess: false);
        Assert.Equal(("Press R4.", AnswerEntry.Learned, "a1"), (hit.Entry!.Answer, hit.Entry.Source, hit.Entry.Id));
        // the question stands nowhere on the disk
        foreach (var file in Directory.GetFiles(_root.Path))
            Assert.DoesNotContain("reset the robot",
                System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)),
                StringComparison.OrdinalIgnoreCase);
        _clock.Advance(TimeSpan.FromDays(31));
        Assert.False(Has(again, "How do I reset the robot?"));
    }

    [Theory]
    [InlineData("m2", "s|p1")]
    [InlineData("m1", "other|p1")]
    [InlineData("m1", "s|p2")]
    public async Task Learn_OtherStudentSiteOrPrompt_IsNotServed(string model, string scope)
    {
        await using (var desk = Desk()) Assert.Null(Twice(desk, Candidate("How do I reset the robot?")));
        await using (var other = Desk(scope: scope, model: model)) Assert.False(Has(other, "How do I reset the robot?"));
        await using var same = Desk();
        // a new student drops them for good; another scope has its own
        Assert.Equal(model == "m1", Has(same, "How do I reset the robot?"));
    }

    [Theory]
    [InlineData("请张伟师傅复位机器人", "personal")]
    [InlineData("call 13812345678 about the robot", "personal")]
    [InlineData("order 4711 0815 123 is where", "identifying")]
    [InlineData("who is on shift now", "depends on the time")]
    [InlineData("今天产量多少", "depends on the time")]
    [InlineData("What is the current pressure?", "depends on the time")]
    [InlineData("?!", "no words")]
    public async Task Learn_PersonalOrPassing_IsRefused(string question, string reason)
    {
        await using var desk = Desk();
        Assert.Equal(reason, desk.Learn(Candidate(question)));
    }

    [Fact]
    public async Task Learn_DegradedPartlySampledOrForeign_IsRefused()
    {
        await using var desk = Desk();
        Assert.Equal("incomplete or degraded", desk.Learn(Candidate("q one") with { IsComplete = false }));
        Assert.Equal("not one plain question", desk.Learn(Candidate("q one") with { IsPlain = false }));
        Assert.Equal("another student's", desk.Learn(Candidate("q one", model: "m2")));
        Assert.Equal("personal", desk.Learn(Candidate("who knows", "ring 13812345678")));
        Assert.Equal("empty", desk.Learn(Candidate("who knows", " ")));
        await using var off = new AnswerCache(_root.File("b.db"), _desensitizer, new AnswerOptions { Learn = false }, "s", _clock);
        Assert.Equal("switched off", off.Learn(Candidate("q one")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rate_Bad_DropsTheAnswerForGood(bool byReply)
    {
        await using (var desk = Desk())
        {
            Assert.Null(Twice(desk, Candidate("How do I reset the robot?")));
            desk.Served("reply-7", desk.Find(_desensitizer.Scrub("How do I reset the robot?"), mayGuess: false).Entry!);
            Assert.False(desk.Rate("a1", 3));
            Assert.False(desk.Rate("unknown", 1));
            Assert.True(desk.Rate(byReply ? "reply-7" : "a1", 2));
            Assert.False(Has(desk, "How do I reset the robot?"));
        }
        await using var again = Desk();
        Assert.False(Has(again, "How do I reset the robot?"));
        Assert.Equal("rated bad", again.Learn(Candidate("How do I reset the robot?")));
    }

    [Fact]
    public async Task Purge_ByReplyOrText_IsGoneFromMemoryAndDisk()
    {
        await using (var desk = Desk())
        {
            Assert.Null(Twice(desk, Candidate("question one", "poisoned words", "a1")));
            Assert.Null(Twice(desk, Candidate("question two", "fine", "a2")));
            desk.Served("reply-1", desk.Find(_desensitizer.Scrub("question one"), mayGuess: false).Entry!);
            Assert.Equal(1, desk.Purge("{\"match\":\"reply-1\"}"u8.ToArray()));
            Assert.False(Has(desk, "question one"));
            Assert.True(Has(desk, "question two"));
        }
        await using var again = Desk();
        Assert.Equal(1, again.Learned);
    }

    /// <summary>Bounded by bytes: what is asked for stays, what nobody asks for goes.</summary>
    [Fact]
    public async Task Learn_MoreThanFits_ForgetsWhatNobodyAskedFor()
    {
        var options = new AnswerOptions { LearnedMegabytes = 0.05 };
        await using (var desk = Desk(options))
        {
            Assert.Null(Twice(desk, Candidate("the popular question", new string('x', 400), "popular")));
            for (var i = 0; i < 300; i++)
            {
                Assert.Null(Twice(desk, Candidate($"what is step {i}", new string('y', 400), $"a{i}")));
                Assert.True(Has(desk, "the popular question"));
            }
            Assert.InRange(desk.Learned, 30, 50);
        }
        await using var again = Desk(options);
        Assert.True(Has(again, "the popular question"));
        Assert.InRange(again.Learned, 30, 50);
    }

    [Fact]
    public void Sieve_Capacity_IsNeverExceededAndHotEntriesStay()
    {
        var random = new Random(2);
        var sieve = new SieveCache<(string Key, int Size)>(10_000, v => v.Size);
        var here = new Dictionary<string, int>();
        for (var i = 0; i < 20_000; i++)
        {
            var key = $"k{(int)(400 * Math.Pow(random.NextDouble(), 3))}";
            if (random.Next(10) == 0)
            {
                Assert.Equal(here.Remove(key), sieve.Remove(key));
                continue;
            }
            Assert.Equal(here.ContainsKey(key), sieve.TryGet(key, out var found));
            if (here.TryGetValue(key, out var size))
            {
                Assert.Equal(size, found.Size);
                continue;
            }
            var added = (Key: key, Size: random.Next(10, 500));
            here[key] = added.Size;
            foreach (var gone in sieve.Put(key, added)) Assert.True(here.Remove(gone.Key));
            Assert.Equal(here.Values.Sum(), sieve.Bytes);
            Assert.InRange(sieve.Bytes, 0, 10_000);
        }
        Assert.True(sieve.TryGet("k0", out _) || sieve.TryGet("k1", out _));
        Assert.Single(sieve.Put("huge", ("huge", 10_001)));
    }

    /// <summary>The text of a name counts as the name, whatever its number; nothing else tells it.</summary>
    [Fact]
    public void Matching_SameValue_IsTheSameWordAndNotTheValue()
    {
        Scrubbed one = _desensitizer.Scrub("ring 13812345678"), same = _desensitizer.Scrub("RING 13812345678?"),
            other = _desensitizer.Scrub("ring 13987654321");
        Assert.Equal(one.Text, other.Text);
        Assert.Equal(QuestionReader.Read(one).Key, QuestionReader.Read(same).Key);
        Assert.NotEqual(QuestionReader.Read(one).Key, QuestionReader.Read(other).Key);
        Assert.DoesNotContain("13812345678", one.Matching, StringComparison.Ordinal);
        var book = new CuratedAnswers([new AnswerEntry { Id = "e", Questions = ["ring 13812345678"], Answer = "yes" }],
            new QuestionReader(_desensitizer), new SimilarityOptions(), _clock);
        Assert.True(book.Find(same, mayGuess: false).IsHit);
        Assert.False(book.Find(other, mayGuess: true).IsHit);
    }
}
