using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Platform;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Updates;

/// <summary>
/// Carries updates through, one step at a time: asks the planner, does the step, writes it down, shows it. Everything it knows
/// after a crash is in the journal, the slots and the incoming bundle. The oldest open update goes first.
/// </summary>
internal sealed partial class UpdateLoop : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(2), MaxRetry = TimeSpan.FromMinutes(5),
        TrialGlance = TimeSpan.FromMilliseconds(200);
    private const long ShowEveryBytes = 4 << 20;

    private readonly UpdateOptions _options;
    private readonly SlotStore _slots;
    private readonly UpdateJournal _journal;
    private readonly KeyRing _keys;
    private readonly IBundleProbe _probe;
    private readonly ITrialController _host;
    private readonly IUpdateView _view;
    private readonly Func<UpdateCommand, BandwidthLimiter, IChunkSource> _sources;
    private readonly Func<Admission> _admission;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _news = new(0);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <param name="sources">Where a command's bundle comes from.</param>
    /// <param name="admission">What the device allows now.</param>
    public UpdateLoop(UpdateOptions options, SlotStore slots, UpdateJournal journal, KeyRing keys, IBundleProbe probe,
        ITrialController host, IUpdateView view, Func<UpdateCommand, BandwidthLimiter, IChunkSource> sources, Func<Admission> admission,
        TimeProvider clock, Random random, ILogger logger)
    {
        (_options, _slots, _journal, _keys, _probe, _host, _view, _sources, _admission, _clock, _random, _logger) = (options, slots,
            journal, keys, probe, host, view, sources, admission, clock, random, logger);
    }

    /// <summary>Chunks that were dropped, by what was wrong with them.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<ChunkResult, long> Dropped { get; } = new();

    public void Start() => _loop = Task.Run(LoopAsync);

    /// <summary>Takes a command; one that is known already is only shown again.</summary>
    public async Task CommandAsync(string id, UpdateCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var known = _journal.Find(id);
        if (known is null)
        {
            var now = _clock.GetUtcNow();
            var record = new UpdateRecord(id, command, UpdateState.Init) { ReceivedAt = now, UpdatedAt = now };
            // what is wrong is named, not repeated: nobody knows what it is
            if (command.Problem() is { } problem)
                record = record with
                {
                    Command = new UpdateCommand { Bundle = "" },
                    State = UpdateState.Failed,
                    Reason = UpdateReasons.Incompatible,
                    Detail = problem
                };
            _journal.Write(record);
            known = record;
        }
        await _view.ShowAsync(known).ConfigureAwait(false);
        _news.Release();
    }

    /// <summary>The requester cleared the command: an update that has not begun its trial ends.</summary>
    public void Withdraw(string id)
    {
        if (_journal.Find(id) is not { IsOver: false, IsWithdrawn: false } record) return;
        _journal.Write(record with { IsWithdrawn = true });
        _news.Release();
    }

    /// <summary>Shows everything anew, after a connection was made.</summary>
    public async Task ShowAllAsync()
    {
        foreach (var record in _journal.All.TakeLast(ShownRecords)) await _view.ShowAsync(record).ConfigureAwait(false);
        await _view.ShowModelAsync(_slots, Newest).ConfigureAwait(false);
    }

    private const int ShownRecords = 20;

    private UpdateRecord? Newest => _journal.All is { Count: > 0 } all ? all[^1] : null;

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var wait = await StepAsync(_stop.Token).ConfigureAwait(false);
                if (wait == TimeSpan.Zero) continue;
                using var timer = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                await Task.WhenAny(_news.WaitAsync(timer.Token),
                    Task.Delay(wait ?? Timeout.InfiniteTimeSpan, _clock, timer.Token)).ConfigureAwait(false);
                await timer.CancelAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) // the loop's edge: an update that cannot go on waits, it does not stop the device
            {
                StepFailed(_logger, e.GetType().Name, e);
                await Retry(e.GetType().Name).ConfigureAwait(false);
            }
        }
    }

    private async Task Retry(string why)
    {
        if (_journal.Open is not [var record, ..]) return;
        var delay =
            TimeSpan.FromSeconds(Math.Min(MaxRetry.TotalSeconds, FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(record.Attempts, 10))))
            * (0.75 + 0.5 * _random.NextDouble());
        await MoveAsync(record with
        {
            Attempts = record.Attempts + 1,
            NextRetry = _clock.GetUtcNow() + delay,
            Detail = why
        }).ConfigureAwait(false);
    }

    /// <summary>
    /// One step of the oldest open update. Returns how long to wait for the next: zero for none, null until there is news.
    /// </summary>
    public async Task<TimeSpan?> StepAsync(CancellationToken cancellationToken)
    {
        var open = _journal.Open;
        if (open.Count == 0)
        {
            if (_slots.Trial is not null) _slots.EndTrial(); // its update has ended; the marker outlived it
            return null;
        }
        var update = open[0];
        using var incoming = update.State == UpdateState.Downloading ? Incoming(update) : null;
        var plan = UpdatePlanner.Next(update, Facts(update, open.Count > 1, incoming));
        try
        {
            return await DoAsync(update, plan, incoming, cancellationToken).ConfigureAwait(false);
        }
        catch (VerificationException e)
        {
            await EndAsync(update, UpdateState.Failed,
                plan.Step == UpdateStep.Verify ? UpdateReasons.DigestMismatch : UpdateReasons.SigInvalid, e.Message).ConfigureAwait(false);
        }
        catch (ModelFileException e)
        {
            await EndAsync(update, UpdateState.Failed, UpdateReasons.Incompatible, e.Message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or TimeoutException)
        {
            await Retry(e.Message).ConfigureAwait(false);
        }
        return TimeSpan.Zero;
    }

    private UpdateFacts Facts(UpdateRecord update, bool isSuperseded, IncomingBundle? incoming) => new()
    {
        Now = _clock.GetLocalNow(),
        Admission = _admission(),
        HasManifest = incoming?.Manifest is not null,
        IsComplete = incoming?.IsComplete ?? false,
        IsSuperseded = isSuperseded,
        IsWithdrawn = update.IsWithdrawn,
        IsQuarantined = _slots.IsQuarantined(update.Command.Bundle),
        Serving = _slots.Serving?.Bundle,
        TrialAttempts = _slots.Trial is { } trial && trial.Bundle == update.Command.Bundle ? trial.Attempts : 0,
        MaxTrialAttempts = _options.TrialAttempts,
        Trial = update.State == UpdateState.Trial ? _host.Verdict : TrialVerdict.NotRunning,
    };

    private IncomingBundle Incoming(UpdateRecord update)
    {
        var incoming = IncomingBundle.Open(_slots.IncomingPath, update.Command.Bundle);
        try
        {
            incoming.TryResume(_keys.Verify);
        }
        catch (VerificationException)
        {
            // a key was taken away meanwhile: the manifest is fetched and judged again
        }
        return incoming;
    }

    private async Task<TimeSpan?> DoAsync(UpdateRecord update, UpdatePlan plan, IncomingBundle? incoming,
        CancellationToken cancellationToken)
    {
        switch (plan.Step)
        {
            case UpdateStep.Wait:
                if (update.Reason != plan.Reason || plan.Reason is not null && update.Detail != plan.Detail)
                    await MoveAsync(update with
                    {
                        Reason = plan.Reason,
                        Detail = plan.Detail ?? (plan.Reason is null ? update.Detail : null),
                        NextRetry = plan.Reason is null ? update.NextRetry : null
                    }).ConfigureAwait(false);
                return plan.Until is { } until ? Later(until) : null;
            case UpdateStep.Schedule:
                if (_slots.Serving?.Bundle == update.Command.Bundle)
                    await EndAsync(update, UpdateState.Committed, null, "it serves already").ConfigureAwait(false);
                else
                    await MoveAsync(update with
                    {
                        State = UpdateState.Scheduled,
                        NextRetry = update.Command.JitterS > 0
                            ? _clock.GetUtcNow() + TimeSpan.FromSeconds(update.Command.JitterS * _random.NextDouble())
                            : null
                    }).ConfigureAwait(false);
                break;
            case UpdateStep.BeginDownload:
                await MoveAsync(update with { State = UpdateState.Downloading, Reason = null }).ConfigureAwait(false);
                break;
            case UpdateStep.FetchManifest:
                await FetchManifestAsync(update, incoming!, cancellationToken).ConfigureAwait(false);
                break;
            case UpdateStep.FetchChunks:
                await FetchChunksAsync(update, incoming!, cancellationToken).ConfigureAwait(false);
                break;
            case UpdateStep.Verify:
                await VerifyAsync(update, incoming, cancellationToken).ConfigureAwait(false);
                break;
            case UpdateStep.Stage:
                await StageAsync(update, cancellationToken).ConfigureAwait(false);
                break;
            case UpdateStep.StartTrial:
                // counted on disk before anything of it is loaded: a student that takes the process with it is counted too
                _slots.CountAttempt(update.Slot!, update.Command.Bundle, update.Release);
                await StartTrialAsync(update, cancellationToken).ConfigureAwait(false);
                break;
            case UpdateStep.WatchTrial:
                return TrialGlance;
            case UpdateStep.Commit:
                await CommitAsync(update, cancellationToken).ConfigureAwait(false);
                break;
            case UpdateStep.RollBack:
                await _host.EndTrialAsync().ConfigureAwait(false);
                _slots.Quarantine(update.Command.Bundle);
                await EndAsync(update, UpdateState.RolledBack, plan.Reason, plan.Detail).ConfigureAwait(false);
                break;
            case UpdateStep.Fail or UpdateStep.Cancel:
                await EndAsync(update, plan.Step == UpdateStep.Fail ? UpdateState.Failed : UpdateState.Cancelled, plan.Reason,
                    plan.Detail).ConfigureAwait(false);
                break;
        }
        return TimeSpan.Zero;
    }

    private TimeSpan Later(DateTimeOffset until) =>
        until - _clock.GetUtcNow() is { } wait && wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1);

    private async Task FetchManifestAsync(UpdateRecord update, IncomingBundle incoming, CancellationToken cancellationToken)
    {
        var source = _sources(update.Command, new BandwidthLimiter(update.Command.Bandwidth, _clock));
        await using (source.ConfigureAwait(false))
            incoming.TakeManifest(await source.ManifestAsync(cancellationToken).ConfigureAwait(false), _keys.Verify);
        await MoveAsync(update with
        {
            BytesTotal = incoming.TotalBytes,
            BytesDone = incoming.PresentBytes,
            Attempts = 0,
            NextRetry = null
        }).ConfigureAwait(false);
    }

    private async Task FetchChunksAsync(UpdateRecord update, IncomingBundle incoming, CancellationToken cancellationToken)
    {
        if (CheckSpace(update, incoming) is { } problem)
        {
            await EndAsync(update, UpdateState.Failed, problem.Reason, problem.Detail).ConfigureAwait(false);
            return;
        }
        foreach (var installed in _slots.Installed.Append(_host.ServingDirectory)) incoming.TakeFrom(installed);
        update = update with { BytesTotal = incoming.TotalBytes, BytesDone = incoming.PresentBytes };
        var shown = incoming.PresentBytes;
        var judged = false;
        if (!incoming.IsComplete)
        {
            var source = _sources(update.Command, new BandwidthLimiter(update.Command.Bandwidth, _clock));
            await using (source.ConfigureAwait(false))
                await foreach (var (chunk, content) in source.ChunksAsync(incoming, cancellationToken).ConfigureAwait(false))
                {
                    if (incoming.Take(chunk, content.Span) is var result && result != ChunkResult.Taken)
                    {
                        Dropped.AddOrUpdate(result, 1, (_, n) => n + 1);
                        continue;
                    }
                    if (incoming.PresentBytes - shown >= ShowEveryBytes)
                    {
                        shown = incoming.PresentBytes;
                        await _view.ShowAsync(update with { BytesDone = shown, UpdatedAt = _clock.GetUtcNow() }).ConfigureAwait(false);
                    }
                    if (!judged && incoming.HasStudentManifest)
                    {
                        judged = true;
                        if (!await JudgeAsync(update, incoming).ConfigureAwait(false)) return;
                    }
                    // what makes an update wait or end counts in the middle of a download too; what is there stays
                    if (_journal.Find(update.Id) is { } now
                        && UpdatePlanner.Next(now,
                            Facts(now, _journal.Open.Count > 1, incoming)).Step is not (UpdateStep.FetchChunks or UpdateStep.Verify))
                        return;
                }
        }
        if (!judged && !await JudgeAsync(update, incoming).ConfigureAwait(false)) return;
        if (incoming.IsComplete)
            await MoveAsync(update with
            {
                State = UpdateState.Verifying,
                BytesDone = incoming.PresentBytes,
                Attempts = 0,
                NextRetry = null,
                Reason = null,
                Detail = null
            }).ConfigureAwait(false);
    }

    private (string Reason, string Detail)? CheckSpace(UpdateRecord update, IncomingBundle incoming)
    {
        if (incoming.TotalBytes > _options.MaxBundleBytes)
            return (UpdateReasons.NoSpace, $"a bundle of {incoming.TotalBytes} bytes, at most {_options.MaxBundleBytes} are taken");
        var needed = incoming.TotalBytes - incoming.PresentBytes + _options.SpaceMarginBytes;
        if (_slots.FreeBytes >= needed) return null;
        _slots.DropFreeSlot(); // the one before the incumbent goes first
        return _slots.FreeBytes >= needed ? null : (UpdateReasons.NoSpace, $"{needed} bytes are needed, {_slots.FreeBytes} are free");
    }

    /// <summary>Whether the bundle may be installed at all, by what student.json says; ends the update where not.</summary>
    private async Task<bool> JudgeAsync(UpdateRecord update, IncomingBundle incoming)
    {
        if (!incoming.HasStudentManifest) return true;
        var student = StudentManifest.Load(incoming.FilesPath);
        if (student.Release >= _host.ServingRelease || MayGoDown(update.Command, student)) return true;
        await EndAsync(update, UpdateState.Failed, UpdateReasons.Downgrade,
            $"release {student.Release}, {_host.ServingRelease} serves").ConfigureAwait(false);
        return false;
    }

    private bool MayGoDown(UpdateCommand command, StudentManifest student)
    {
        if (command.Permission is not { } envelope) return false;
        var permission = SignedStatement.Open(envelope, SignedStatement.PermissionType, _keys.Trusted());
        return permission.TryGetProperty("bundle", out var bundle) && bundle.GetString() == command.Bundle
            && permission.TryGetProperty("release", out var release) && release.TryGetInt64(out var number) && number == student.Release;
    }

    private async Task VerifyAsync(UpdateRecord update, IncomingBundle? incoming, CancellationToken cancellationToken)
    {
        if (update.State == UpdateState.Downloading)
        {
            await MoveAsync(update with
            {
                State = UpdateState.Verifying,
                BytesDone = incoming!.PresentBytes,
                BytesTotal = incoming.TotalBytes
            }).ConfigureAwait(false);
            return;
        }
        var files = IncomingBundle.FilesOf(_slots.IncomingPath);
        var signature = Path.Combine(files, Bundle.SignatureFileName);
        await Task.Run(() =>
        {
            ModelVerifier.VerifyWithKey(files, signature, _keys.SignerOf(SignatureBundle.Load(signature)), new VerifyOptions());
        }, cancellationToken).ConfigureAwait(false);
        var student = StudentManifest.Load(files);
        using (Bundle.Open(files))
            await MoveAsync(update with { State = UpdateState.Staging, Release = student.Release }).ConfigureAwait(false);
    }

    private const int SpeedLooks = 3;

    private async Task StageAsync(UpdateRecord update, CancellationToken cancellationToken)
    {
        var files = IncomingBundle.FilesOf(_slots.IncomingPath);
        // the name of the slot is the same before and after the move: nothing is promoted in between
        var slot = Directory.Exists(files) ? _slots.Install(files) : _slots.FreeSlot;
        var directory = _slots.PathOf(slot);
        if (BundleId(directory) != update.Command.Bundle)
            throw new ModelFileException(directory, $"bundle {update.Command.Bundle}", BundleId(directory) ?? "none");
        var golden = Path.Combine(directory, Bundle.GoldenFileName);
        var candidate = await _probe.ProbeAsync(directory, golden: null, cancellationToken).ConfigureAwait(false);
        var incumbent = candidate.Failure is null
            ? await _probe.ProbeAsync(_host.ServingDirectory, File.Exists(golden) ? golden : null, cancellationToken).ConfigureAwait(false)
            : null;
        // the device has other work: the faster of a few looks at each counts
        for (var look = 1; look < SpeedLooks && candidate.Failure is null && QualityGate.IsSlow(candidate, incumbent, _options); look++)
        {
            var (again, before) = (await _probe.ProbeAsync(directory, golden: null, cancellationToken).ConfigureAwait(false),
                incumbent!.TokensPerSecond);
            incumbent =
                incumbent with
                {
                    TokensPerSecond = Math.Max(before,
                    (await _probe.ProbeAsync(_host.ServingDirectory, File.Exists(golden) ? golden : null,
                        cancellationToken).ConfigureAwait(false)).TokensPerSecond)
                };
            candidate = candidate with { TokensPerSecond = Math.Max(candidate.TokensPerSecond, again.TokensPerSecond) };
        }
        update = update with { Slot = slot, Gate = new GateReport(candidate, incumbent) };
        if (QualityGate.Refuse(candidate, incumbent, _options) is var (reason, detail))
        {
            await EndAsync(update, UpdateState.Failed, reason, detail).ConfigureAwait(false);
            return;
        }
        await MoveAsync(update with { State = UpdateState.Trial, Reason = null, Detail = null }).ConfigureAwait(false);
    }

    /// <summary>The bundle in a directory, by its signature file; null where there is none.</summary>
    public static string? BundleId(string directory)
    {
        var path = Path.Combine(directory, Bundle.SignatureFileName);
        return File.Exists(path) ? Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))) : null;
    }

    private async Task StartTrialAsync(UpdateRecord update, CancellationToken cancellationToken)
    {
        try
        {
            await _host.StartTrialAsync(_slots.PathOf(update.Slot!), update.Command.Canary ?? _options.Canary,
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _slots.Quarantine(update.Command.Bundle);
            await _host.EndTrialAsync().ConfigureAwait(false);
            await EndAsync(update, UpdateState.RolledBack, UpdateReasons.EngineBuildFailed,
                e is ModelFileException ? e.Message : e.GetType().Name).ConfigureAwait(false);
        }
        await _view.ShowModelAsync(_slots, _journal.Find(update.Id)).ConfigureAwait(false);
    }

    private async Task CommitAsync(UpdateRecord update, CancellationToken cancellationToken)
    {
        var isSwitched = _slots.Serving?.Bundle == update.Command.Bundle;
        try
        {
            // it answers before it takes over, and success is said only after that
            await _host.PromoteAsync(_slots.PathOf(update.Slot!), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!isSwitched && e is not OperationCanceledException)
        {
            await _host.EndTrialAsync().ConfigureAwait(false);
            _slots.Quarantine(update.Command.Bundle);
            await EndAsync(update, UpdateState.RolledBack, UpdateReasons.HealthTimeout, e.GetType().Name).ConfigureAwait(false);
            return;
        }
        if (!isSwitched) _slots.Promote(new ServingPointer(update.Slot!, update.Command.Bundle, update.Release));
        await EndAsync(update, UpdateState.Committed, null, null).ConfigureAwait(false);
    }

    private async Task EndAsync(UpdateRecord update, UpdateState state, string? reason, string? detail)
    {
        await MoveAsync(update with { State = state, Reason = reason, Detail = detail, NextRetry = null }).ConfigureAwait(false);
        if (_slots.Trial is { } trial && trial.Bundle == update.Command.Bundle) _slots.EndTrial();
        // a superseded bundle may be what the next command wants: what is there of it stays
        if (state != UpdateState.Cancelled) _slots.Collect(state == UpdateState.Committed ? null : update.Slot);
        Ended(_logger, update.Command.Bundle[..12], state.ToString(), reason ?? "");
        await _view.ShowModelAsync(_slots, _journal.Find(update.Id)).ConfigureAwait(false);
    }

    private async Task MoveAsync(UpdateRecord update)
    {
        update = update with { UpdatedAt = _clock.GetUtcNow(), IsWithdrawn = _journal.Find(update.Id)?.IsWithdrawn ?? update.IsWithdrawn };
        _journal.Write(update);
        await _view.ShowAsync(update).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _news.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Update to bundle {Bundle}: {State} {Reason}")]
    private static partial void Ended(ILogger logger, string bundle, string state, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A step of an update failed: {Kind}")]
    private static partial void StepFailed(ILogger logger, string kind, Exception e);
}
