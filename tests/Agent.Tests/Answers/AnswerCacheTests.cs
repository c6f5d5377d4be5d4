using EdgeAgent.Answers;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Privacy;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Answers;

/// <summary>Answers of the student that are served again: which ones, to whom, and when they are dropped.</summary>
public sealed class AnswerCacheTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Desensitizer _desensitizer = Desensitizer.Create(new PrivacyOptions());

    public void Dispose() => _root.Dispose();

    private AnswerCache Cache(AnswerOptions? options = null, string scope = "s|p1", string model = "m1")
    {
        var cache = new AnswerCache(_root.File("answers.db"), _desensitizer, options ?? new AnswerOptions(), scope, _clock);
        cache.Serve(model);
        return cache;
    }

    private Candidate Candidate(string question, string answer = "Press R4.", string id = "a1", string model = "m1") =>
        new(id, _desensitizer.Scrub(question), _desensitizer.PatternsOnly.Scrub(answer), model, IsComplete: true, IsPlain: true);

    private string? Twice(AnswerCache cache, Candidate candidate)
    {
        Assert.Equal("asked for the first time", cache.Learn(candidate));
        return cache.Learn(candidate);
    }

    private bool Has(AnswerCache cache, string question) => cache.Find(_desensitizer.Scrub(question), allowSimilar: false).IsHit;

    [Fact]
    public async Task Learn_SecondTime_ServesTheSameQuestionAlsoAfterARestart()
    {
        await using (var cache = Cache())
        {
            Assert.Null(Twice(cache, Candidate("How do I reset the robot?")));
            Assert.Equal("known", cache.Learn(Candidate("How do I reset the robot?")));
            Assert.False(Has(cache, "How do I reset the conveyor?"));
        }
        await using var again = Cache();
        var hit = again.Find(_desensitizer.Scrub("how do I RESET the robot"), allowSimilar: false);
        Assert.Equal(("Press R4.", AnswerEntry.Learned, "a1"), (hit.Entry!.Answer, hit.Entry.Source, hit.Entry.Id));
        // the question is not on the disk
        foreach (var file in Directory.GetFiles(_root.Path))
            Assert.DoesNotContain("reset the robot",
                System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)),
                StringComparison.OrdinalIgnoreCase);
        _clock.Advance(TimeSpan.FromDays(31));
        Assert.False(Has(again, "How do I reset the robot?"));
    }

    /// <summary>What the student said beside one library is not said beside the next, nor after a restart.</summary>
    [Fact]
    public async Task Serve_AnotherLibrary_DropsWhatWasLearnedUnderTheOld()
    {
        await using (var cache = Cache())
        {
            cache.Serve("m1", "lib1");
            var candidate = Candidate("How do I reset the robot?") with { DocumentsVersion = "lib1" };
            Assert.Null(Twice(cache, candidate));
            Assert.True(Has(cache, "How do I reset the robot?"));
            cache.Serve(null, "lib2"); // the student is parked: the library changes all the same
            Assert.False(Has(cache, "How do I reset the robot?"));
            Assert.Equal("another student's", cache.Learn(candidate)); // begun under the old library, learned too late
            Assert.Null(Twice(cache, Candidate("How do I reset the lathe?") with { DocumentsVersion = "lib2" }));
        }
        await using var again = Cache();
        again.Serve("m1", "lib3");
        Assert.Equal(0, again.Learned);
    }

    [Theory]
    [InlineData("m2", "s|p1")]
    [InlineData("m1", "other|p1")]
    [InlineData("m1", "s|p2")]
    public async Task Learn_OtherStudentSiteOrPrompt_IsNotServed(string model, string scope)
    {
        await using (var cache = Cache()) Assert.Null(Twice(cache, Candidate("How do I reset the robot?")));
        await using (var other = Cache(scope: scope, model: model)) Assert.False(Has(other, "How do I reset the robot?"));
        await using var same = Cache();
        // another student drops them for good; another scope has its own answers
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
        await using var cache = Cache();
        Assert.Equal(reason, cache.Learn(Candidate(question)));
    }

    [Fact]
    public async Task Learn_DegradedPartlySampledOrForeign_IsRefused()
    {
        await using var cache = Cache();
        Assert.Equal("incomplete or degraded", cache.Learn(Candidate("q one") with { IsComplete = false }));
        Assert.Equal("not one plain question", cache.Learn(Candidate("q one") with { IsPlain = false }));
        Assert.Equal("another student's", cache.Learn(Candidate("q one", model: "m2")));
        Assert.Equal("personal", cache.Learn(Candidate("who knows", "ring 13812345678")));
        Assert.Equal("empty", cache.Learn(Candidate("who knows", " ")));
        await using var off = new AnswerCache(_root.File("b.db"), _desensitizer, new AnswerOptions { Learn = false }, "s", _clock);
        Assert.Equal("switched off", off.Learn(Candidate("q one")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rate_Bad_DropsTheAnswerForGood(bool byReply)
    {
        await using (var cache = Cache())
        {
            Assert.Null(Twice(cache, Candidate("How do I reset the robot?")));
            cache.Served("reply-7", cache.Find(_desensitizer.Scrub("How do I reset the robot?"), allowSimilar: false).Entry!);
            Assert.False(cache.Rate("a1", 3));
            Assert.False(cache.Rate("unknown", 1));
            Assert.True(cache.Rate(byReply ? "reply-7" : "a1", 2));
            Assert.False(Has(cache, "How do I reset the robot?"));
        }
        await using var again = Cache();
        Assert.False(Has(again, "How do I reset the robot?"));
        Assert.Equal("rated bad", again.Learn(Candidate("How do I reset the robot?")));
    }

    [Fact]
    public async Task Purge_ByReplyOrText_IsGoneFromMemoryAndDisk()
    {
        await using (var cache = Cache())
        {
            Assert.Null(Twice(cache, Candidate("question one", "poisoned words", "a1")));
            Assert.Null(Twice(cache, Candidate("question two", "fine", "a2")));
            cache.Served("reply-1", cache.Find(_desensitizer.Scrub("question one"), allowSimilar: false).Entry!);
            Assert.Equal(1, cache.Purge("{\"match\":\"reply-1\"}"u8.ToArray()));
            Assert.False(Has(cache, "question one"));
            Assert.True(Has(cache, "question two"));
        }
        await using var again = Cache();
        Assert.Equal(1, again.Learned);
    }

    /// <summary>Bounded by bytes: what is asked for stays, what nobody asks for is evicted.</summary>
    [Fact]
    public async Task Learn_MoreThanFits_EvictsWhatNobodyAskedFor()
    {
        var options = new AnswerOptions { LearnedMegabytes = 0.05 };
        await using (var cache = Cache(options))
        {
            Assert.Null(Twice(cache, Candidate("the popular question", new string('x', 400), "popular")));
            for (var i = 0; i < 300; i++)
            {
                Assert.Null(Twice(cache, Candidate($"what is step {i}", new string('y', 400), $"a{i}")));
                Assert.True(Has(cache, "the popular question"));
            }
            Assert.InRange(cache.Learned, 30, 50);
        }
        await using var again = Cache(options);
        Assert.True(Has(again, "the popular question"));
        Assert.InRange(again.Learned, 30, 50);
    }

    /// <summary>What the query's way does never waits for the disk, whatever the writer does there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Query_WhileAWriteIsBlocked_DoesNotWait(bool correcting)
    {
        using var store = new GatedStore(AnswerStore.Open(_root.File("answers.db"), _clock));
        await using var cache = new AnswerCache(store, _desensitizer, new AnswerOptions(), "s", _clock);
        cache.Serve("m1");
        Assert.Null(Twice(cache, Candidate("How do I reset the robot?")));
        store.Close();
        var writing = Task.Run(() =>
        {
            if (correcting) cache.Correct("""{"questions":["Who is on call?"],"answer":"Anna."}"""u8);
            else cache.Purge("""{"match":"nothing like it"}"""u8.ToArray());
        }, TestContext.Current.CancellationToken);
        await store.Waiting();
        await Task.Run(() =>
        {
            var hit = cache.Find(_desensitizer.Scrub("How do I reset the robot?"), allowSimilar: true);
            Assert.True(hit.IsHit);
            cache.Served("reply-1", hit.Entry!);
            Assert.Null(Twice(cache, Candidate("How do I stop the robot?", id: "a2")));
            Assert.True(Has(cache, "How do I stop the robot?"));
            Assert.True(cache.Rate("reply-1", 1));
            Assert.False(Has(cache, "How do I reset the robot?"));
            Assert.Equal(1, cache.Count);
            cache.Serve("m2");
            Assert.False(Has(cache, "How do I stop the robot?"));
        }, TestContext.Current.CancellationToken).WaitAsync(Timeout, TestContext.Current.CancellationToken);
        Assert.False(writing.IsCompleted);
        store.Open();
        await writing;
        Assert.Equal(correcting, Has(cache, "Who is on call?"));
    }

    [Fact]
    public async Task Purge_WhileTheDiskIsBlocked_IsGoneFromMemoryAtOnce()
    {
        using var store = new GatedStore(AnswerStore.Open(_root.File("answers.db"), _clock));
        await using var cache = new AnswerCache(store, _desensitizer, new AnswerOptions(), "s", _clock);
        cache.Serve("m1");
        Assert.Null(Twice(cache, Candidate("How do I reset the robot?", "poisoned")));
        store.Close();
        var purging = Task.Run(() => cache.Purge("""{"match":"poisoned"}"""u8.ToArray()), TestContext.Current.CancellationToken);
        await store.Waiting();
        for (var i = 0; Has(cache, "How do I reset the robot?"); i++) await WaitAsync(i);
        Assert.False(purging.IsCompleted);
        store.Open();
        Assert.Equal(1, await purging);
    }

    /// <summary>A disk that is full for a while loses no rating: memory holds what is not yet written.</summary>
    [Fact]
    public async Task Rate_DiskRefusesAtFirst_IsWrittenLater()
    {
        using (var store = new GatedStore(AnswerStore.Open(_root.File("answers.db"), _clock)))
        {
            await using var cache = new AnswerCache(store, _desensitizer, new AnswerOptions(), "s|p1", _clock);
            cache.Serve("m1");
            Assert.Null(Twice(cache, Candidate("How do I reset the robot?")));
            store.Refuses = true;
            Assert.True(cache.Rate("a1", 1));
            await store.Refused();
            Assert.Throws<SqliteException>(() => cache.Correct("""{"questions":["q"],"answer":"a"}"""u8));
            Assert.False(Has(cache, "q"));
            store.Refuses = false;
        }
        await using var again = Cache();
        Assert.Equal("rated bad", again.Learn(Candidate("How do I reset the robot?")));
    }

    [Fact]
    public async Task Correct_NullQuestion_IsRefusedAndTheCacheAnswersOn()
    {
        await using (var cache = Cache())
        {
            Assert.Throws<FormatException>(() => cache.Correct("""{"id":"x","questions":[null],"answer":"y"}"""u8));
            cache.Correct("""{"questions":["Who is on call?"],"answer":"Anna."}"""u8);
            Assert.True(Has(cache, "who is on call"));
        }
        await using var again = Cache();
        Assert.True(Has(again, "who is on call"));
    }

    /// <summary>A learned answer is corrected under its own id: the correction is served, now and after a restart.</summary>
    [Fact]
    public async Task Correct_IdOfALearnedAnswer_ReplacesItForGood()
    {
        await using (var cache = Cache())
        {
            Assert.Null(Twice(cache, Candidate("How do I reset the robot?")));
            cache.Correct("""{"id":"a1","questions":["How do I reset the robot?"],"answer":"Press R5."}"""u8);
            Assert.Equal(0, cache.Learned);
        }
        await using var again = Cache();
        Assert.Equal("Press R5.", again.Find(_desensitizer.Scrub("How do I reset the robot?"), allowSimilar: false).Entry?.Answer);
        Assert.Equal(1, again.Count);
    }

    /// <summary>Another process, such as answers import, writes to the same database.</summary>
    [Fact]
    public async Task Find_AnotherProcessWrote_IsSeenAtTheNextRefresh()
    {
        await using var cache = Cache();
        Assert.Null(Twice(cache, Candidate("How do I reset the robot?")));
        using (var other = AnswerStore.Open(_root.File("answers.db"), _clock))
        {
            // what was learned is written soon
            for (var i = 0; other.All().Count == 0; i++) await WaitAsync(i);
            other.Put([new AnswerEntry { Id = "c", Questions = ["Who is on call?"], Answer = "Anna." }], _clock.GetUtcNow());
            Assert.Equal(1, other.Purge(new PurgeFilter(null, null, "a1")));
        }
        _clock.Advance(TimeSpan.FromSeconds(5));
        for (var i = 0; !Has(cache, "Who is on call?"); i++) await WaitAsync(i);
        Assert.False(Has(cache, "How do I reset the robot?"));
    }

    /// <summary>How long a test waits for what must happen; only a failure takes it.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private static async Task WaitAsync(int tries)
    {
        Assert.True(tries < 6000, "it did not happen");
        await Task.Delay(10, TestContext.Current.CancellationToken);
    }

    /// <summary>A store whose writes wait at a gate, or are refused like on a full disk.</summary>
    private sealed class GatedStore(IAnswerStore inner) : IAnswerStore
    {
        private readonly ManualResetEventSlim _gate = new(true);
        private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously),
            _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Refuses { get; set; }

        public void Close() => _gate.Reset();

        public void Open() => _gate.Set();

        /// <summary>Until a write waits at the gate.</summary>
        public Task Waiting() => _waiting.Task.WaitAsync(Timeout);

        /// <summary>Until a write was refused.</summary>
        public Task Refused() => _refused.Task.WaitAsync(Timeout);

        private void Pass()
        {
            if (!_gate.IsSet) _waiting.TrySetResult();
            _gate.Wait();
            if (!Refuses) return;
            _refused.TrySetResult();
            throw new SqliteException("database or disk is full", 13);
        }

        public string? QuarantinedPath => inner.QuarantinedPath;

        public string? Problem => inner.Problem;

        public long Version => inner.Version;

        public string KeyOf(string question, string scope) => inner.KeyOf(question, scope);

        public IReadOnlyList<AnswerEntry> All() => inner.All();

        IReadOnlyList<string> IAnswerStore.Refused() => inner.Refused();

        public void Put(IEnumerable<AnswerEntry> entries, DateTimeOffset now)
        {
            Pass();
            inner.Put(entries, now);
        }

        public void Apply(LearnedChanges changes, DateTimeOffset now)
        {
            Pass();
            inner.Apply(changes, now);
        }

        public int Purge(PurgeFilter filter)
        {
            Pass();
            return inner.Purge(filter);
        }

        public void Dispose()
        {
            inner.Dispose();
            _gate.Dispose();
        }
    }
}
