using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Platform;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Updates;

public sealed class UpdateLoopTests : IDisposable
{
    private readonly UpdateLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Run_GoodBundle_GoesThroughEveryStateAndServes()
    {
        var (directory, id) = _lab.Bundle("v2");
        var end = await _lab.RunAsync("u1", directory, id);
        Assert.Equal((UpdateState.Committed, null), (end.State, end.Reason));
        Assert.Equal([UpdateState.Init, UpdateState.Scheduled, UpdateState.Downloading, UpdateState.Verifying, UpdateState.Staging,
            UpdateState.Trial, UpdateState.Committed], _lab.View.Shown.Select(r => r.State).Distinct());
        Assert.Equal(end.BytesTotal, end.BytesDone);
        Assert.Equal(new ServingPointer("a", id, 2), _lab.Slots.Serving);
        _lab.AssertServes();
        // the next goes to the other slot; what serves is not touched
        var (third, thirdId) = _lab.Bundle("v3", release: 3, seed: 3);
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u2", third, thirdId)).State);
        Assert.Equal("b", _lab.Slots.Serving!.Slot);
        Assert.Null(_lab.Slots.Trial);
        Assert.False(Directory.Exists(_lab.Slots.IncomingPath));
    }

    /// <summary>Only what is new is fetched.</summary>
    [Fact]
    public async Task Run_SmallChange_FetchesOnlyItsChunks()
    {
        var same = RandomNumberGenerator.GetBytes(50 * UpdateLab.Shard);
        var (first, firstId) = _lab.Bundle("v2", change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), same));
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", first, firstId)).State);
        same[20 * UpdateLab.Shard] ^= 1;
        var (second, secondId) = _lab.Bundle("v3", release: 3, change: d => File.WriteAllBytes(Path.Combine(d, "other-name.bin"), same));
        var counted = new CountingSource(second);
        _lab.Sources = (_, _) => counted;
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u2", second, secondId)).State);
        Assert.InRange(counted.Given, 1, 3); // student.json and the changed shard
    }

    [Fact]
    public async Task Run_SignedPermission_AllowsADowngrade()
    {
        var (first, firstId) = _lab.Bundle("v5", release: 5);
        await _lab.RunAsync("u0", first, firstId);
        var (old, oldId) = _lab.Bundle("v4", release: 4, seed: 4);
        JsonElement Permission(string bundle, ECDsa key) =>
            JsonDocument.Parse(SignedStatement.Sign(SignedStatement.PermissionType, $$"""{"bundle":"{{bundle}}","release":4}""",
                key)).RootElement;
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(UpdateReasons.SigInvalid,
            (await _lab.RunAsync("u1", old, oldId, c => c with { Permission = Permission(oldId, other) })).Reason);
        Assert.Equal(UpdateReasons.Downgrade,
            (await _lab.RunAsync("u2", old, oldId, c => c with { Permission = Permission(firstId, _lab.Key) })).Reason);
        Assert.Equal(UpdateState.Committed,
            (await _lab.RunAsync("u3", old, oldId, c => c with { Permission = Permission(oldId, _lab.Key) })).State);
        Assert.Equal(4, _lab.Slots.Serving!.Release);
    }

    [Fact]
    public async Task Command_Repeated_IsOneUpdate()
    {
        var (directory, id) = _lab.Bundle("v2");
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", directory, id)).State);
        var shown = _lab.View.Shown.Count;
        _lab.Reopen();
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", directory, id)).State);
        Assert.Equal(shown + 1, _lab.View.Shown.Count); // shown again, not done again
    }

    [Fact]
    public async Task Command_Newer_SupersedesAndWithdrawnEnds()
    {
        _lab.Admission = () => new Admission(UpdateReasons.ThermalDefer);
        var (first, firstId) = _lab.Bundle("v2");
        Assert.Equal((UpdateState.Scheduled, UpdateReasons.ThermalDefer),
            ((await _lab.RunAsync("u1", first, firstId)).State, _lab.Journal.Find("u1")!.Reason));
        var (second, secondId) = _lab.Bundle("v3", release: 3, seed: 3);
        _lab.Source = second;
        await _lab.Runner.CommandAsync("u2", new UpdateCommand { Bundle = secondId });
        await _lab.Runner.StepAsync(TestContext.Current.CancellationToken);
        Assert.Equal((UpdateState.Cancelled, UpdateReasons.Superseded), (_lab.Journal.Find("u1")!.State, _lab.Journal.Find("u1")!.Reason));
        _lab.Runner.Withdraw("u2");
        var end = await _lab.ContinueAsync("u2");
        Assert.Equal((UpdateState.Cancelled, UpdateReasons.Cancelled), (end.State, end.Reason));
        _lab.Admission = () => Admission.Open;
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u3", second, secondId)).State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("xyz")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    public async Task Command_Invalid_FailsAndIsReported(string bundle)
    {
        await _lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = bundle });
        Assert.Equal((UpdateState.Failed, UpdateReasons.Incompatible), (_lab.Journal.Find("u1")!.State, _lab.Journal.Find("u1")!.Reason));
    }

    [Fact]
    public async Task Run_WindowClosed_WaitsWithoutLosingWhatIsThere()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero));
        clock.SetLocalTimeZone(TimeZoneInfo.Utc);
        _lab.Clock = clock;
        _lab.Reopen();
        var (directory, id) = _lab.Bundle("v2");
        var waiting = await _lab.RunAsync("u1", directory, id, c => c with { Window = "22:00-05:00" });
        Assert.Equal((UpdateState.Scheduled, UpdateReasons.WindowClosed), (waiting.State, waiting.Reason));
        Assert.Equal(TimeSpan.FromHours(10), await _lab.Runner.StepAsync(TestContext.Current.CancellationToken));
        clock.SetUtcNow(new DateTimeOffset(2026, 5, 5, 1, 0, 0, TimeSpan.Zero));
        Assert.Equal(UpdateState.Committed, (await _lab.ContinueAsync("u1")).State);
    }

    /// <summary>Success is reported only when serving is proven, the pointer has moved and the journal has it.</summary>
    [Fact]
    public async Task Report_EveryState_IsInTheJournalBefore()
    {
        var (directory, id) = _lab.Bundle("v2");
        var states = new List<(UpdateState Reported, UpdateState? Journal, string? Serving, bool IsOnTrial)>();
        _lab.View.OnReport = r =>
            states.Add((r.State, _lab.Journal.Find("u1")?.State, _lab.Slots.Serving?.Bundle, _lab.Host.OnTrial is not null));
        await _lab.RunAsync("u1", directory, id);
        Assert.All(states, s => Assert.Equal(s.Reported, s.Journal));
        Assert.All(states, s => Assert.Equal(s.Reported == UpdateState.Committed ? id : null, s.Serving));
        Assert.Equal((UpdateState.Committed, false), (states[^1].Reported, states[^1].IsOnTrial)); // promoted before
    }

    /// <summary>A disk that refuses the journal refuses the command: the caller learns it, and nothing of the command is kept.</summary>
    [Fact]
    public async Task Command_DiskRefuses_ThrowsAndKeepsNothing()
    {
        var (directory, id) = _lab.Bundle("v2");
        Durability.Observe(_ => throw new IOException("No space left on device"));
        try
        {
            var e = await Assert.ThrowsAsync<IOException>(() => _lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id }));
            Assert.Contains("No space left", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            Durability.Observe(null);
        }
        Assert.Null(_lab.Journal.Find("u1"));
        Assert.Empty(_lab.View.Shown);
        _lab.Reopen();
        Assert.Empty(_lab.Journal.All);
        // the requester asks again, and the disk has room
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", directory, id)).State);
    }

    /// <summary>A disk that refuses the journal in the middle of an update: it waits in memory, and goes on once there is room.</summary>
    [Fact]
    public async Task Loop_DiskRefusesForAWhile_GoesOnWhenThereIsRoom()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        _lab.Clock = clock;
        _lab.Reopen();
        var (directory, id) = _lab.Bundle("v2");
        _lab.Source = directory;
        await _lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
        var (isFull, refused) = (true, 0);
        Durability.Observe(_ =>
        {
            if (!Volatile.Read(ref isFull)) return;
            Interlocked.Increment(ref refused);
            throw new IOException("No space left on device");
        });
        try
        {
            await using var loop = _lab.Runner;
            loop.Start();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(TimeSpan.FromMinutes(2));
            while (_lab.Journal.Find("u1") is not { IsOver: true })
            {
                if (Volatile.Read(ref refused) > 5) Volatile.Write(ref isFull, false);
                clock.Advance(TimeSpan.FromSeconds(10));
                await Task.Delay(1, limit.Token);
            }
        }
        finally
        {
            Durability.Observe(null);
        }
        Assert.True(refused > 5);
        Assert.Equal(UpdateState.Committed, _lab.Journal.Find("u1")!.State);
        _lab.AssertServes();
    }

    /// <summary>Two retained commands after the state was lost: the newest by its own time stamp counts.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_SeveralCommands_NewestByItsOwnTimeStampWins(bool newestComesFirst)
    {
        var issued = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var (old, oldId) = _lab.Bundle("v2", release: 2);
        var (fresh, freshId) = _lab.Bundle("v3", release: 3, seed: 3);
        var commands = new[] { ("old", oldId, issued), ("new", freshId, issued.AddDays(1)) };
        _lab.Sources = (c, _) => new DirectoryChunkSource(c.Bundle == oldId ? old : fresh);
        foreach (var (id, bundle, at) in newestComesFirst ? commands.Reverse() : commands)
            await _lab.Runner.CommandAsync(id, new UpdateCommand { Bundle = bundle, IssuedAt = at });
        await _lab.ContinueAsync("old");
        await _lab.ContinueAsync("new");
        Assert.Equal(UpdateReasons.Superseded, _lab.Journal.Find("old")!.Reason);
        Assert.Equal(UpdateState.Committed, _lab.Journal.Find("new")!.State);
        // it comes once more, under another id, when the newer one has ended
        Assert.Equal(UpdateReasons.Superseded, (await _lab.RunAsync("late", old, oldId, c => c with { IssuedAt = issued })).Reason);
    }

    /// <summary>A stick that is not there, or is put in a moment later.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_DirectoryThatIsNotThere_FailsUnlessItComes(bool comes)
    {
        var (directory, id) = _lab.Bundle("v2");
        Directory.Move(directory, directory + "-away");
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        _lab.Clock = clock;
        _lab.Reopen();
        var update = await _lab.RunAsync("u1", directory, id);
        Assert.Equal(UpdateState.Downloading, update.State);
        Assert.Contains("found no file 'model.sig' there", update.Detail!, StringComparison.Ordinal);
        if (comes) Directory.Move(directory + "-away", directory);
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(10));
            update = await _lab.ContinueAsync("u1");
        }
        Assert.Equal((comes ? UpdateState.Committed : UpdateState.Failed, comes ? null : UpdateReasons.Incompatible),
            (update.State, update.Reason));
    }

    [Theory]
    [InlineData("https://host/bundle", true)]
    [InlineData("file:///media/stick", true)]
    [InlineData("http://host/bundle?token=1", true)]
    [InlineData("ftp://host/bundle", false)]
    [InlineData("file://server/share", false)]
    [InlineData("http://user:secret@host/bundle", false)]
    [InlineData("bundle", false)]
    public void Problem_Url_NamesTheSchemes(string url, bool isTaken)
    {
        var problem = new UpdateCommand { Bundle = new string('a', 64), Url = url }.Problem();
        Assert.Equal(isTaken, problem is null);
        if (problem is null) return;
        Assert.Contains("http://, https:// or file:///", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    /// <summary>Closer quantizations repeat one or two answers more: a site decides how many it takes.</summary>
    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(0, 2, false)]
    [InlineData(0.2, 3, true)]
    [InlineData(0.2, 4, false)]
    public void Refuse_Repetitions_TolerancePlusTheIncumbents(double tolerance, int loops, bool isTaken)
    {
        var probe = new ProbeReport { Golden = 10, GoldenRight = 10, TokensPerSecond = 100, Loops = 1 };
        Assert.Equal(isTaken,
            QualityGate.Refuse(probe with { Loops = loops }, probe, new UpdateOptions { RepetitionTolerance = tolerance }) is null);
    }
}
