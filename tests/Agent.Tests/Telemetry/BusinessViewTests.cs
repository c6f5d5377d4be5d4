using EdgeAgent.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Telemetry;

public sealed class BusinessViewTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 5, 1, 7, 30, 0, TimeSpan.Zero));

    [Fact]
    public void Hours_Counts_OutliveTheProcessForThirtyDays()
    {
        using var root = new TemporaryDirectory();
        using (var view = new BusinessView(root.File("business.db"), _clock))
        {
            for (var i = 0; i < 90; i++) view.Answered("model", 180);
            for (var i = 0; i < 10; i++) view.Answered("curated", 3);
            view.Flush();
            _clock.Advance(TimeSpan.FromHours(1));
            view.Answered("cache", 4000);
            view.Refusal("overloaded");
            view.Refusal("overloaded");
            view.Feedback("a", 5, true);
            view.Feedback("b", 2, false);
            view.Feedback("c", 5, null);
        }
        using (var view = new BusinessView(root.File("business.db"), _clock))
        {
            var hours = view.Hours(24);
            Assert.Equal(2, hours.Count);
            Assert.Equal((100.0, 200.0, 200.0, 0.1),
                (hours[0].Answers, hours[0].FirstResponse(0.5), hours[0].FirstResponse(0.95), hours[0].CacheShare));
            Assert.Equal((1.0, 5000.0, 2.0, 0.5, 4.0),
                (hours[1].Answers, hours[1].FirstResponse(0.5), hours[1].Refusals["overloaded"], hours[1].ResolutionRate,
                    hours[1].Satisfaction));
            Assert.Equal(101, view.Last(24).Answers);
            Assert.Equal(1, view.Last(1).Answers);
            _clock.Advance(TimeSpan.FromDays(29.9));
            view.Flush();
            Assert.Equal(101, view.Last(24 * 31).Answers);
            _clock.Advance(TimeSpan.FromHours(2));
            view.Flush();
            Assert.Equal(1, view.Last(24 * 31).Answers);
            _clock.Advance(TimeSpan.FromDays(1));
            view.Flush();
            Assert.Null(view.Last(24 * 31).FirstResponse(0.5));
        }
    }

    [Fact]
    public void Releases_Ratings_CountForTheReleaseThatAnswered()
    {
        using var root = new TemporaryDirectory();
        using (var view = new BusinessView(root.File("business.db"), _clock))
        {
            view.AnsweredBy("a", 7);
            view.AnsweredBy("b", 8);
            view.AnsweredBy("c", 8);
            view.Feedback("a", 5, true);
            view.Feedback("b", 2, false);
            view.Feedback("c", 3, null);
            view.Feedback("unknown", 1, false);
        }
        using var again = new BusinessView(root.File("business.db"), _clock);
        Assert.Equal([new ReleaseFigures(8, 2, 2, 5, 0, 1), new ReleaseFigures(7, 1, 1, 5, 1, 0)], again.Releases());
        // as a fleet manager reads it
        var telemetry = new System.Text.Json.Nodes.JsonObject
        {
            ["releases"] = new System.Text.Json.Nodes.JsonArray(
            [.. again.Releases().Select(r => r.ToJson())])
        };
        Assert.Equal([new EdgeAgent.Fleet.ReleaseRatings(8, 2, 5, 0, 1), new EdgeAgent.Fleet.ReleaseRatings(7, 1, 5, 1, 0)],
            EdgeAgent.Fleet.ReleaseRatings.Parse(telemetry));
    }

    [Fact]
    public void Answered_DamagedOrAbsentDatabase_StillCounts()
    {
        using var root = new TemporaryDirectory();
        File.WriteAllBytes(root.File("business.db"), Enumerable.Repeat((byte)7, 9000).ToArray());
        using var damaged = new BusinessView(root.File("business.db"), _clock);
        Assert.NotNull(damaged.QuarantinedPath);
        using var memory = new BusinessView(null, _clock);
        foreach (var view in new[] { damaged, memory })
        {
            view.Answered("model", 10);
            view.Flush();
            Assert.Equal(1, view.Last(1).Answers);
        }
    }

    /// <summary>A rating is acknowledged when it would survive a kill: the first view is not disposed of, and no timer has run.</summary>
    [Fact]
    public async Task Feedback_TaskHasEnded_IsOnTheDisk()
    {
        using var root = new TemporaryDirectory();
        using var killed = new BusinessView(root.File("business.db"), _clock);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(n => killed.Feedback($"{n}", 4, null)))
            .WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        using var next = new BusinessView(root.File("business.db"), _clock);
        Assert.Equal(50, next.Last(1).Counts["rating.count"]);
        using var memory = new BusinessView(null, _clock);
        Assert.True(memory.Feedback("a", 5, true).IsCompleted);
    }

    /// <summary>Counting is on the query's way: it must not wait for a disk that hangs, and a failed flush loses nothing.</summary>
    [Fact]
    public async Task Answered_WhileTheDiskHangsAndThenFails_NeitherWaitsNorLosesCounts()
    {
        using var store = new HangingStore();
        using var view = new BusinessView(_clock, store);
        view.Answered("model", 10);
        var rated = view.Feedback("a", 5, true); // is stored at once
        await store.Waiting.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        await Task.Run(() =>
        {
            view.Answered("cache", 10);
            view.AnsweredBy("b", 7);
            view.Refusal("overloaded");
            view.Feedback("b", 1, false);
        }, TestContext.Current.CancellationToken).WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        Assert.False(rated.IsCompleted);
        store.Fail();
        await rated.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        var report = view.Last(1);
        Assert.Equal((2.0, 3.0, 1.0), (report.Answers, report.Satisfaction, report.Refusals["overloaded"]));
        view.Flush();
        Assert.Equal(["a", "b"], store.Ratings);
        Assert.Equal(0, view.Last(1).Answers); // all of it is in the store, which here gives nothing back
    }

    /// <summary>A store whose first write hangs until it fails; later ones succeed.</summary>
    private sealed class HangingStore : IBusinessStore
    {
        private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _failure = new();

        public Task Waiting => _waiting.Task;

        public List<string> Ratings { get; } = [];

        public void Fail() => _failure.Set();

        public string? QuarantinedPath => null;

        public string? Problem => null;

        public void Add(BusinessCounts counts, long oldestHour)
        {
            if (_waiting.TrySetResult())
            {
                _failure.Wait();
                throw new Microsoft.Data.Sqlite.SqliteException("database or disk is full", 13);
            }
            Ratings.AddRange(counts.Ratings.Select(r => r.AnswerId));
        }

        public IReadOnlyList<(long Hour, string Name, double Value)> Read(long firstHour, string prefix) => [];

        public void Dispose() => _failure.Dispose();
    }
}
