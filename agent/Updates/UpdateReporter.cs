using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Updates;

/// <summary>
/// Carries the state of updates to a view in a loop of its own, so that an update goes on while the view hangs or fails. Keeps
/// the newest state of each update and of the model view: states that the view was too slow for are skipped, the last one wins.
/// A state that the view refused is tried again, with growing delays, unless a newer one has come. At most
/// <see cref="MaxPending"/> updates wait; the one that has waited longest is dropped then, and shown again after the next
/// connection. The last states are published on <see cref="DisposeAsync"/>, within <see cref="DrainTimeout"/>.
/// </summary>
internal sealed partial class UpdateReporter : IUpdateReporter, IAsyncDisposable
{
    /// <summary>Updates that wait to be shown, as many as the journal remembers.</summary>
    public const int MaxPending = 200;

    /// <summary>Time the view gets for the last states on stop.</summary>
    public static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), MaxRetry = TimeSpan.FromMinutes(1);
    private readonly IUpdateView _view;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, UpdateRecord> _pending = new(StringComparer.Ordinal);
    private readonly Channel<bool> _news =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _draining = new(), _abandoned = new();
    private readonly Task _loop;
    private ModelView? _model;

    public UpdateReporter(IUpdateView view, TimeProvider clock, ILogger logger)
    {
        (_view, _clock, _logger) = (view, clock, logger);
        _loop = Task.Run(LoopAsync);
    }

    public void Report(UpdateRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        lock (_lock)
        {
            _pending[record.Id] = record;
            if (_pending.Count > MaxPending) _pending.RemoveAt(0);
        }
        _news.Writer.TryWrite(true);
    }

    public void Report(ModelView model)
    {
        lock (_lock) _model = model;
        _news.Writer.TryWrite(true);
    }

    private async Task LoopAsync()
    {
        var failures = 0;
        while (await _news.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            _news.Reader.TryRead(out _);
            while (TryTake(out var record, out var model) && !_abandoned.IsCancellationRequested)
                try
                {
                    if (record is not null) await _view.ShowAsync(record, _abandoned.Token).ConfigureAwait(false);
                    if (model is not null) await _view.ShowModelAsync(model, _abandoned.Token).ConfigureAwait(false);
                    failures = 0;
                }
                catch (Exception e) when (!_draining.IsCancellationRequested) // the loop's edge: whatever the view throws, reports go on
                {
                    NotShown(_logger, e.GetType().Name, e);
                    PutBack(record, model);
                    await RetryDelayAsync(failures++).ConfigureAwait(false);
                }
                catch (Exception e) // one attempt for each state while the agent stops
                {
                    NotShown(_logger, e.GetType().Name, e);
                }
        }
    }

    /// <summary>An update's state, the longest waiting first, else the model view.</summary>
    private bool TryTake(out UpdateRecord? record, out ModelView? model)
    {
        lock (_lock)
        {
            (record, model) = (null, null);
            if (_pending.Count > 0)
            {
                record = _pending.GetAt(0).Value;
                _pending.RemoveAt(0);
                return true;
            }
            (model, _model) = (_model, null);
            return model is not null;
        }
    }

    private void PutBack(UpdateRecord? record, ModelView? model)
    {
        lock (_lock)
        {
            if (record is not null && _pending.Count < MaxPending && !_pending.ContainsKey(record.Id))
                _pending.Insert(0, record.Id, record);
            _model ??= model;
        }
    }

    private async Task RetryDelayAsync(int failures)
    {
        var delay = TimeSpan.FromSeconds(Math.Min(MaxRetry.TotalSeconds, FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(failures, 10))));
        await Task.Delay(delay, _clock, _draining.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Publishes what waits; gives up after <see cref="DrainTimeout"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _news.Writer.TryComplete();
        await _draining.CancelAsync().ConfigureAwait(false);
        try
        {
            await _loop.WaitAsync(DrainTimeout, _clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Abandoned(_logger, DrainTimeout.TotalSeconds);
            await _abandoned.CancelAsync().ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The state of an update could not be published: {Kind}")]
    private static partial void NotShown(ILogger logger, string kind, Exception e);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The last states of updates were not published within {Seconds} s; the journal has them")]
    private static partial void Abandoned(ILogger logger, double seconds);
}
