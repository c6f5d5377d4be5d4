using System.Security.Cryptography;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Fleet;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Updates;

public sealed class UpdatePartsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Whatever a power cut leaves at the end of the log, what was acknowledged is there and nothing else.</summary>
    [Fact]
    public void AppendLog_CutAtEveryByte_KeepsWholeRecords()
    {
        var path = _directory.File("log");
        using (var log = AppendLog.Open(path, out var none))
        {
            Assert.Empty(none);
            foreach (var record in new[] { "one", "two 二", "three" }) log.Append(record);
        }
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            using (var log = AppendLog.Open(path, out var records))
            {
                Assert.Equal(new[] { "one", "two 二", "three" }[..records.Count], records);
                Assert.Equal(whole[..length].Count(b => b == '\n'), records.Count);
                log.Append("next");
            }
            using (AppendLog.Open(path, out var after)) Assert.Equal("next", after[^1]);
        }
        whole[^3] ^= 1; // a flipped bit in the last record
        File.WriteAllBytes(path, whole);
        using (AppendLog.Open(path, out var kept)) Assert.Equal(2, kept.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => { using var log = AppendLog.Open(path, out _); log.Append("a\nb"); });
    }

    [Fact]
    public void AppendLog_SecondUser_IsRefused()
    {
        using var log = AppendLog.Open(_directory.File("log"), out _);
        Assert.Throws<IOException>(() => AppendLog.Open(_directory.File("log"), out _));
    }

    [Fact]
    public void Journal_ManyRecords_IsCompactedAndKeepsTheNewest()
    {
        var path = _directory.File("journal");
        using (var journal = new UpdateJournal(path))
            for (var i = 0; i < 4000; i++)
                journal.Write(new UpdateRecord($"u{i}", new UpdateCommand { Bundle = new string('a', 64) },
                    UpdateState.Committed)
                { Detail = new string('x', 100) });
        Assert.InRange(new FileInfo(path).Length, 1, 2 << 20);
        using var again = new UpdateJournal(path);
        Assert.Equal("u3999", again.All[^1].Id);
        Assert.NotNull(again.Find("u3900"));
        Assert.Empty(again.Open);
    }

    [Theory]
    [InlineData("22:00-05:00", 23, 30, 0)]
    [InlineData("22:00-05:00", 4, 59, 0)]
    [InlineData("22:00-05:00", 5, 0, 17 * 60)]
    [InlineData("22:00-05:00", 12, 0, 10 * 60)]
    [InlineData("08:00-09:00", 9, 30, 22 * 60 + 30)]
    public void Window_TimeOfDay_SaysWhenItOpens(string text, int hour, int minute, int opensInMinutes)
    {
        Assert.True(MaintenanceWindow.TryParse(text, out var window));
        Assert.Equal(TimeSpan.FromMinutes(opensInMinutes), window.OpensIn(new DateTimeOffset(2026, 3, 1, hour, minute, 0, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData("22-5")]
    [InlineData("22:00-22:00")]
    [InlineData("25:00-01:00")]
    [InlineData("")]
    public void Window_Nonsense_IsNone(string text) => Assert.False(MaintenanceWindow.TryParse(text, out _));

    /// <summary>The cap holds within 10 %, whatever the sizes of the chunks.</summary>
    [Fact]
    public async Task Pace_Bytes_KeepsTheRate()
    {
        var clock = new FakeTimeProvider();
        var pace = new BandwidthLimiter(2_000_000, clock);
        var random = new Random(3);
        var start = clock.GetUtcNow();
        long sent = 0;
        while (sent < 100_000_000)
        {
            var size = random.Next(1, 1 << 20);
            var taken = pace.TakeAsync(size, TestContext.Current.CancellationToken);
            while (!taken.IsCompleted)
            {
                clock.Advance(TimeSpan.FromMilliseconds(5));
                await Task.Yield();
            }
            sent += size;
        }
        Assert.InRange(sent / (clock.GetUtcNow() - start).TotalSeconds, 1_800_000, 2_200_000);
    }

    /// <summary>
    /// Over every state and everything that can be known: a step that ends or moves, never two answers, and no trial is left half
    /// done by news.
    /// </summary>
    [Fact]
    public void Planner_EveryCombination_KeepsTheRules()
    {
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        bool[] both = [false, true];
        foreach (var state in Enum.GetValues<UpdateState>())
            foreach (var superseded in both)
                foreach (var withdrawn in both)
                    foreach (var quarantined in both)
                        foreach (var hot in both)
                            foreach (var serves in both)
                                foreach (var attempts in new[] { 0, 2, 3 })
                                    foreach (var verdict in Enum.GetValues<TrialVerdict>())
                                    {
                                        var update = new UpdateRecord("u", new UpdateCommand { Bundle = "b" }, state);
                                        if (update.IsOver) continue;
                                        var plan = UpdatePlanner.Next(update,
                                            new UpdateFacts
                                            {
                                                Now = now,
                                                IsSuperseded = superseded,
                                                IsWithdrawn = withdrawn,
                                                IsQuarantined = quarantined,
                                                Admission = new Admission(hot ? UpdateReasons.ThermalDefer : null),
                                                Serving = serves ? "b" : null,
                                                TrialAttempts = attempts,
                                                Trial = verdict
                                            });
                                        if (state == UpdateState.Trial)
                                        {
                                            Assert.Contains(plan.Step,
                                                new[] { UpdateStep.Commit, UpdateStep.RollBack, UpdateStep.StartTrial,
                                                    UpdateStep.WatchTrial });
                                            // the pointer has moved: there is no way back
                                            if (serves) Assert.Equal(UpdateStep.Commit, plan.Step);
                                            else if (attempts >= 3 && verdict == TrialVerdict.NotRunning)
                                                Assert.Equal(UpdateStep.RollBack, plan.Step);
                                            continue;
                                        }
                                        if (superseded)
                                            Assert.Equal((UpdateStep.Cancel, UpdateReasons.Superseded), (plan.Step, plan.Reason));
                                        else if (withdrawn) Assert.Equal(UpdateStep.Cancel, plan.Step);
                                        else if (quarantined) Assert.Equal(UpdateStep.Fail, plan.Step);
                                        else if (state == UpdateState.Init) Assert.Equal(UpdateStep.Schedule, plan.Step);
                                        else if (hot) Assert.Equal((UpdateStep.Wait, UpdateReasons.ThermalDefer), (plan.Step, plan.Reason));
                                        else Assert.NotEqual(UpdateStep.Wait, plan.Step);
                                    }
    }

    [Fact]
    public void Incoming_BadChunks_AreDroppedAndCounted()
    {
        using var lab = new UpdateLab();
        var (source, id) = lab.Bundle("v2",
            change: d => File.WriteAllBytes(Path.Combine(d, "twice.bin"), [.. Enumerable.Repeat((byte)7, 2 * UpdateLab.Shard)]));
        using var incoming = IncomingBundle.Open(_directory.File("incoming"), id);
        Assert.Equal(ChunkResult.Unknown, incoming.Take(0, [1]));
        Assert.Throws<EdgeAgent.Bundles.Signing.VerificationException>(() => incoming.TakeManifest([1, 2, 3], lab.Keys.Verify));
        incoming.TakeManifest(File.ReadAllBytes(Path.Combine(source, "model.sig")), lab.Keys.Verify);
        var content = BundleChunks.Read(source, incoming.Manifest!.Resources[0])!;
        Assert.Equal(ChunkResult.Unknown, incoming.Take(-1, content));
        Assert.Equal(ChunkResult.Unknown, incoming.Take(incoming.Chunks, content));
        Assert.Equal(ChunkResult.Corrupt, incoming.Take(0, RandomNumberGenerator.GetBytes(content.Length)));
        Assert.Equal(ChunkResult.Corrupt, incoming.Take(0, [.. content, 0]));
        Assert.Equal(ChunkResult.Corrupt, incoming.Take(0, []));
        Assert.Equal(ChunkResult.Taken, incoming.Take(0, content));
        Assert.Equal(ChunkResult.Duplicate, incoming.Take(0, content));
        // one chunk that stands at two places of the bundle comes once
        var twins = Enumerable.Range(0, incoming.Chunks).Where(n => incoming.Manifest!.Resources[n].Path == "twice.bin").ToList();
        Assert.Equal(ChunkResult.Taken, incoming.Take(twins[0], BundleChunks.Read(source, incoming.Manifest!.Resources[twins[0]])!));
        Assert.True(incoming.Has(twins[1]));
        // student.json is asked for first: it says whether the rest is worth it
        Assert.Equal("student.json", incoming.Manifest!.Resources[incoming.Missing.First()].Path);
    }

    /// <summary>The bundle moved to its slot and the power went: what is left of the incoming one is no bundle.</summary>
    [Fact]
    public void Incoming_FilesMovedAway_BeginsAnew()
    {
        using var lab = new UpdateLab();
        var (source, id) = lab.Bundle("v2");
        using (var incoming = IncomingBundle.Open(_directory.File("incoming"), id))
        {
            incoming.TakeManifest(File.ReadAllBytes(Path.Combine(source, "model.sig")), lab.Keys.Verify);
            for (var n = 0; n < incoming.Chunks; n++) incoming.Take(n, BundleChunks.Read(source, incoming.Manifest!.Resources[n])!);
            Assert.True(incoming.IsComplete);
        }
        Directory.Move(Path.Combine(_directory.File("incoming"), "files"), _directory.File("slot"));
        using var again = IncomingBundle.Open(_directory.File("incoming"), id);
        again.TakeManifest(File.ReadAllBytes(Path.Combine(source, "model.sig")), lab.Keys.Verify);
        Assert.Equal(0, again.Present);
    }

    [Fact]
    public void RolloutPlanner_Stages_GoOnDwellAndAbort()
    {
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        string[] devices = [.. Enumerable.Range(0, 20).Select(i => $"d{i:D2}")];
        var rollout = new RolloutRecord
        {
            Id = "r",
            Bundle = "b",
            Stages = ["1", "10%", "100%"],
            Devices = devices,
            AbortAbove = 0.1,
            DwellS = 60
        };
        DeviceProgress In(UpdateState state) => new(state, null, 0, 0, now);
        HashSet<string> sent = [];
        Dictionary<string, DeviceProgress> progress = [];
        RolloutPlan Next() => RolloutPlanner.Next(rollout, progress, sent, now);
        Assert.Equal(["d00"], Next().Send);
        sent.Add("d00");
        progress["d00"] = In(UpdateState.Downloading);
        Assert.Empty(Next().Send);
        progress["d00"] = In(UpdateState.Committed);
        rollout = Next().Record;
        Assert.Equal(now, rollout.StageEndedAt);
        now += TimeSpan.FromSeconds(30);
        Assert.Equal(0, Next().Record.Stage); // dwells
        now += TimeSpan.FromSeconds(31);
        rollout = Next().Record;
        Assert.Equal(1, rollout.Stage);
        Assert.Equal(["d01"], Next().Send);
        sent.Add("d01");
        progress["d01"] = In(UpdateState.Committed);
        rollout = Next().Record;
        now += TimeSpan.FromSeconds(61);
        rollout = Next().Record;
        Assert.Equal(18, Next().Send.Count);
        foreach (var device in devices) sent.Add(device);
        foreach (var device in devices.Skip(2).Take(2)) progress[device] = In(UpdateState.RolledBack);
        Assert.Equal(RolloutRecord.Running, Next().Record.State); // 2 of 20 is not above 10 %
        progress[devices[4]] = In(UpdateState.Failed);
        var plan = Next();
        Assert.Equal(RolloutRecord.Aborted, plan.Record.State);
        Assert.Equal(15, plan.Withdraw.Count);
        Assert.Throws<FormatException>(() => RolloutPlanner.Count("half", 20));
        Assert.Equal(1, RolloutPlanner.Count("0.1%", 20));
        rollout = rollout with { Stages = ["100%"], Stage = 0 };
        foreach (var device in devices) progress[device] = In(UpdateState.Committed);
        foreach (var device in devices.Take(3)) progress[device] = progress[device] with { IsWorse = true };
        Assert.Equal(RolloutRecord.Aborted, Next().Record.State); // 3 of 20 answer worse than before
        progress[devices[2]] = In(UpdateState.Committed);
        Assert.Equal(RolloutRecord.Done, Next().Record.State);
    }

    [Theory]
    [InlineData("2MB/s", 2_000_000)]
    [InlineData("500k", 500_000)]
    [InlineData("1.5M/s", 1_500_000)]
    [InlineData("1234", 1234)]
    [InlineData(null, 0)]
    public void Bandwidth_Text_IsBytesASecond(string? text, long bytes) =>
        Assert.Equal(bytes, EdgeAgent.Cli.FleetCommand.BytesPerSecond(text));
}
