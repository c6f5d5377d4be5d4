using EdgeAgent.Updates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Updates;

/// <summary>An update's progress does not depend on who hears of it.</summary>
public sealed class UpdateReporterTests
{
    private const int TimeoutMs = 300_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>The broker is away for the whole update: each step runs, the trial ends, the update is committed.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task Update_ViewNeverReturns_IsCommitted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var lab = new UpdateLab();
        var view = new StubView { OnShow = (_, c) => Task.Delay(Timeout.Infinite, c) };
        await using var reporter = new UpdateReporter(view, TimeProvider.System, NullLogger.Instance);
        lab.Reporter = reporter;
        lab.Reopen();
        var (directory, id) = lab.Bundle("v2");
        await using var loop = lab.Runner;
        loop.Start();
        loop.ShowAll();
        lab.Source = directory;
        await loop.CommandAsync("u1", new UpdateCommand { Bundle = id }).WaitAsync(Limit, cancellation);
        await lab.EndedAsync("u1").WaitAsync(Limit, cancellation);
        Assert.Equal(UpdateState.Committed, lab.Journal.Find("u1")!.State);
        Assert.Equal(1, view.Calls); // the first one still hangs
    }

    /// <summary>A view that blocks its thread is as harmless as one whose task never ends.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task Update_ViewBlocksItsThread_IsCommitted()
    {
        using var lab = new UpdateLab();
        using var end = new ManualResetEventSlim();
        var view = new StubView
        {
            OnShow = (_, _) =>
            {
                end.Wait(CancellationToken.None);
                return Task.CompletedTask;
            }
        };
        var reporter = new UpdateReporter(view, TimeProvider.System, NullLogger.Instance);
        lab.Reporter = reporter;
        lab.Reopen();
        var (directory, id) = lab.Bundle("v2");
        Assert.Equal(UpdateState.Committed, (await lab.RunAsync("u1", directory, id)).State);
        end.Set();
        await reporter.DisposeAsync();
        Assert.Equal(UpdateState.Committed, view.Shown[^1].State);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task Update_ViewThrows_IsCommittedAndItsLastStateIsShownLater()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var lab = new UpdateLab();
        var clock = new FakeTimeProvider();
        var (fails, isModelShown) = (1, 0);
        var view = new StubView
        {
            OnShow = (record, _) =>
            {
                if (Volatile.Read(ref fails) == 1) throw new InvalidOperationException("no room");
                if (record is null) Volatile.Write(ref isModelShown, 1);
                return Task.CompletedTask;
            }
        };
        await using var reporter = new UpdateReporter(view, clock, NullLogger.Instance);
        lab.Reporter = reporter;
        lab.Reopen();
        var (directory, id) = lab.Bundle("v2");
        Assert.Equal(UpdateState.Committed, (await lab.RunAsync("u1", directory, id)).State);
        Volatile.Write(ref fails, 0);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        while (Volatile.Read(ref isModelShown) == 0)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(1, limit.Token);
        }
        await reporter.DisposeAsync();
        Assert.Equal(UpdateState.Committed, view.Shown[^1].State);
        Assert.Equal(id, view.Models[^1].Digest);
    }

    /// <summary>While the view hangs, only the newest state of each update waits, in the order in which the updates came.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task Report_ViewIsSlow_ShowsTheNewestStateOfEachUpdate()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (entered, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var view = new StubView
        {
            OnShow = (_, _) =>
            {
                entered.TrySetResult();
                return go.Task;
            }
        };
        var reporter = new UpdateReporter(view, TimeProvider.System, NullLogger.Instance);
        reporter.Report(Record("u1", UpdateState.Init));
        await entered.Task.WaitAsync(Limit, cancellation);
        foreach (var state in new[] { UpdateState.Scheduled, UpdateState.Downloading, UpdateState.Verifying })
            foreach (var id in new[] { "u1", "u2" }) reporter.Report(Record(id, state));
        foreach (var release in new[] { 1, 2 }) reporter.Report(new ModelView("m", "d", release, null, null, null));
        go.SetResult();
        await reporter.DisposeAsync();
        Assert.Equal([("u1", UpdateState.Init), ("u1", UpdateState.Verifying), ("u2", UpdateState.Verifying)],
            view.Shown.Select(r => (r.Id, r.State)));
        Assert.Equal([2L], view.Models.Select(m => m.Release ?? 0));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task Report_MoreUpdatesThanMayWait_DropsTheLongestWaiting()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (entered, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var view = new StubView
        {
            OnShow = (_, _) =>
            {
                entered.TrySetResult();
                return go.Task;
            }
        };
        var reporter = new UpdateReporter(view, TimeProvider.System, NullLogger.Instance);
        reporter.Report(Record("first", UpdateState.Init));
        await entered.Task.WaitAsync(Limit, cancellation);
        for (var i = 0; i < UpdateReporter.MaxPending + 3; i++) reporter.Report(Record($"u{i}", UpdateState.Init));
        go.SetResult();
        await reporter.DisposeAsync();
        Assert.Equal(["first", .. Enumerable.Range(3, UpdateReporter.MaxPending).Select(i => $"u{i}")], view.Shown.Select(r => r.Id));
    }

    /// <summary>A stop does not wait longer than its bound for a view that hangs, and cancels it.</summary>
    [Fact(Timeout = TimeoutMs)]
    public async Task Dispose_ViewNeverReturns_EndsWithinItsBound()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var clock = new FakeTimeProvider();
        var (entered, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        var view = new StubView
        {
            OnShow = (_, c) =>
            {
                c.Register(cancelled.SetResult);
                entered.SetResult();
                return Task.Delay(Timeout.Infinite, CancellationToken.None);
            }
        };
        var reporter = new UpdateReporter(view, clock, NullLogger.Instance);
        reporter.Report(Record("u1", UpdateState.Init));
        await entered.Task.WaitAsync(Limit, cancellation);
        var began = clock.GetUtcNow();
        var stopped = reporter.DisposeAsync().AsTask();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        while (!stopped.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, limit.Token);
        }
        Assert.True(clock.GetUtcNow() - began >= UpdateReporter.DrainTimeout);
        await cancelled.Task.WaitAsync(Limit, cancellation);
    }

    private static UpdateRecord Record(string id, UpdateState state) => new(id, new UpdateCommand { Bundle = "b" }, state);

    /// <summary>Shows what <see cref="OnShow"/> lets through.</summary>
    private sealed class StubView : IUpdateView
    {
        private int _calls;

        /// <summary>Gets the record, null for the model view.</summary>
        public Func<UpdateRecord?, CancellationToken, Task> OnShow { get; init; } = (_, _) => Task.CompletedTask;

        public int Calls => Volatile.Read(ref _calls);
        public List<UpdateRecord> Shown { get; } = [];
        public List<ModelView> Models { get; } = [];

        public async Task ShowAsync(UpdateRecord record, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            await OnShow(record, cancellationToken);
            Shown.Add(record);
        }

        public async Task ShowModelAsync(ModelView model, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            await OnShow(null, cancellationToken);
            Models.Add(model);
        }
    }
}
