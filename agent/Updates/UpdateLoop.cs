using System.Collections.Concurrent;
using System.Globalization;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Updates.Steps;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Updates;

/// <summary>
/// Carries updates through, one step at a time: reads the facts, asks the planner, runs the step, journals and reports the new state.
/// Everything it knows after a crash is in the journal, the slots and the incoming bundle. The oldest open update goes first.
/// Nothing here waits for a report.
/// </summary>
internal sealed partial class UpdateLoop : IAsyncDisposable
{
    private const int ShownRecords = 20;
    private static readonly TimeSpan JournalRetry = TimeSpan.FromSeconds(30), MaxWait = TimeSpan.FromMinutes(1),
        FileAllowance = TimeSpan.FromMinutes(5);
    private readonly UpdateContext _context;
    private readonly IUpdateReporter _reporter;
    private readonly ILogger _logger;
    private readonly FactsReader _facts;
    private readonly IReadOnlyDictionary<UpdateStep, IUpdateStep> _steps;
    private readonly SemaphoreSlim _news = new(0);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public UpdateLoop(UpdateContext context, UpdateHost host, IUpdateReporter reporter, ILogger logger)
    {
        (_context, _reporter, _logger) = (context, reporter, logger);
        _facts = new FactsReader(context, host);
        _steps = UpdateSteps.Create(context, host, _facts, reporter, Dropped);
    }

    /// <summary>Chunks that were not taken, by cause.</summary>
    public ConcurrentDictionary<ChunkResult, long> Dropped { get; } = new();

    /// <summary>A step may probe two students, and hash or copy a bundle.</summary>
    private TimeSpan StepAllowance => 2 * _context.Options.ProbeTimeout + FileAllowance;

    public void Start() => _loop = Task.Run(LoopAsync);

    /// <summary>As <see cref="CommandsAsync"/>, for one command.</summary>
    public Task CommandAsync(string id, UpdateCommand command) => CommandsAsync([(id, command)]);

    /// <summary>
    /// Journals commands, off the caller's thread and with one wait for the disk, and reports them; a known one is only reported again.
    /// </summary>
    /// <exception cref="IOException">The journal cannot be written: no command is taken, and nothing of them is kept.</exception>
    public Task CommandsAsync(IReadOnlyList<(string Id, UpdateCommand Command)> commands) => Task.Run(() =>
    {
        foreach (var record in _context.Journal.Add([.. commands.Select(c => Record(c.Id, c.Command))])) _reporter.Report(record);
        _news.Release();
    });

    private UpdateRecord Record(string id, UpdateCommand command)
    {
        var now = _context.Clock.GetUtcNow();
        var record = new UpdateRecord(id, command, UpdateState.Init) { ReceivedAt = now, UpdatedAt = now };
        // an invalid command is not repeated in the journal: its content is unknown
        if (command.Problem() is { } problem)
            record = record with
            {
                Command = new UpdateCommand { Bundle = "" },
                State = UpdateState.Failed,
                Reason = UpdateReasons.Incompatible,
                Detail = problem
            };
        return record;
    }

    /// <summary>The requester cleared the command: an update that has not begun its trial ends.</summary>
    /// <exception cref="IOException">The journal cannot be written.</exception>
    public void Withdraw(string id)
    {
        if (_context.Journal.Withdraw(id)) _news.Release();
    }

    /// <summary>Reports the newest updates and the model again, after a connection was made.</summary>
    public void ShowAll()
    {
        var all = _context.Journal.All;
        foreach (var record in all.TakeLast(ShownRecords)) _reporter.Report(record);
        _reporter.Report(ModelView.Of(_context.Slots, all.Count > 0 ? all[^1] : null));
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _context.Pulse.Begin(StepAllowance);
                var wait = await StepAsync(_stop.Token).ConfigureAwait(false);
                await _context.Pulse.WaitAsync(WaitAsync(wait)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) // the loop's edge: an update that cannot go on waits, it does not stop the device
            {
                StepFailed(_logger, e.GetType().Name, e);
                await _context.Pulse.WaitAsync(WaitAsync(RetryLater(e))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>
    /// Waits so long, or until there is news; null waits for news only. A long wait is planned anew after <see cref="MaxWait"/>:
    /// the clock may be set meanwhile.
    /// </summary>
    private async Task WaitAsync(TimeSpan? wait)
    {
        if (wait == TimeSpan.Zero) return;
        if (wait > MaxWait) wait = MaxWait;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(_news.WaitAsync(timer.Token),
            Task.Delay(wait ?? Timeout.InfiniteTimeSpan, _context.Clock, timer.Token)).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>One step of the oldest open update.</summary>
    /// <returns>Time to the next step: zero for at once, null to wait for news.</returns>
    public async Task<TimeSpan?> StepAsync(CancellationToken cancellationToken)
    {
        if (_context.Journal.Open is not [var update, ..])
        {
            if (_context.Slots.Trial is not null) _context.Slots.EndTrial(); // a crash came between the update's end and the marker's
            return null;
        }
        using var incoming = update.State == UpdateState.Downloading ? Resume(update) : null;
        var bytesBefore = incoming?.PresentBytes ?? 0;
        update = WithProgress(update, incoming);
        var plan = UpdatePlanner.Next(update, _facts.Read(update, incoming));
        StepOutcome outcome;
        try
        {
            outcome = await _steps[plan.Step].RunAsync(new StepInput(update, plan, incoming), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (StepFailure.IsTransient(e) || StepFailure.EndReason(e, plan.Step, 1) is not null)
        {
            // an attempt that brought chunks was none in vain
            update = WithProgress(update, incoming) with { Attempts = incoming?.PresentBytes > bytesBefore ? 0 : update.Attempts };
            outcome = StepFailure.EndReason(e, plan.Step, update.Attempts + 1) is { } reason
                ? StepOutcome.End(update, UpdateState.Failed, reason, Count(e.Message, update.Attempts + 1))
                : Retry(update, e.Message);
        }
        Apply(outcome);
        if (plan.Step == UpdateStep.StartTrial || outcome.Update is { IsOver: true })
            _reporter.Report(ModelView.Of(_context.Slots, _context.Journal.Find(update.Id)));
        return outcome.Wait;
    }

    private IncomingBundle Resume(UpdateRecord update)
    {
        var incoming = IncomingBundle.Open(_context.Slots.IncomingPath, update.Command.Bundle, _context.Slots.Kind);
        try
        {
            incoming.TryResume(_context.Keys.Verify);
        }
        catch (VerificationException)
        {
            // a key was removed meanwhile: the manifest is fetched and verified again
        }
        return incoming;
    }

    /// <summary>The journal first, then the report: nothing is reported that a power cut could take back.</summary>
    private void Apply(StepOutcome outcome)
    {
        if (outcome.Update is not { } update) return;
        update = _context.Journal.Write(update with { UpdatedAt = _context.Clock.GetUtcNow() });
        _reporter.Report(update);
        if (!update.IsOver) return;
        var slots = _context.Slots;
        if (slots.Trial is { } trial && trial.Bundle == update.Command.Bundle) slots.EndTrial();
        // the next command may want a superseded bundle: what is there of it stays
        if (update.State != UpdateState.Cancelled) slots.Collect(update.State == UpdateState.Committed ? null : update.Slot);
        Ended(_logger, update.Command.Bundle[..12], update.State.ToString(), update.Reason ?? "");
    }

    private static UpdateRecord WithProgress(UpdateRecord update, IncomingBundle? incoming) => incoming?.Manifest is null
        ? update : update with { BytesDone = incoming.PresentBytes, BytesTotal = incoming.TotalBytes };

    private static string Count(string cause, int attempts) => attempts > 1 ? $"{cause} ({attempts} attempts)" : cause;

    private StepOutcome Retry(UpdateRecord update, string cause)
    {
        var next = _context.Clock.GetUtcNow() + UpdateRetry.Delay(update.Attempts, _context.Random.NextDouble());
        return StepOutcome.Move(update with
        {
            Attempts = update.Attempts + 1,
            NextRetry = next,
            Detail = string.Create(CultureInfo.InvariantCulture, $"{cause}; attempt {update.Attempts + 1}, next try at {next:HH:mm:ss} UTC")
        });
    }

    /// <summary>Defers the oldest open update after an unexpected exception; returns the time to the next step.</summary>
    private TimeSpan RetryLater(Exception exception)
    {
        if (_context.Journal.Open is not [var update, ..]) return JournalRetry;
        try
        {
            Apply(Retry(update, exception.GetType().Name));
            return TimeSpan.Zero;
        }
        catch (IOException e)
        {
            StepFailed(_logger, e.GetType().Name, e); // the disk refuses the journal: the update waits in memory
            return JournalRetry;
        }
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
