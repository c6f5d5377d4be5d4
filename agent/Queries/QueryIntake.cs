using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Queries;

/// <summary>
/// Where every endpoint hands in its queries. Recognizes duplicates, runs each query as a task of its own to exactly one terminal
/// reply, finds the query a cancel means, and drains. Safe for concurrent use.
/// </summary>
internal sealed partial class QueryIntake(QueryHandler handler, QueryOptions options, AgentMetrics metrics, TimeProvider clock,
    ILogger<QueryIntake> logger) : IAsyncDisposable
{
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(5);
    private readonly QueryRegister _register = new(options.DuplicateMemory, options.DuplicateWindow, clock);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _tasks = 1; // taking queries counts as one until the drain
    private int _draining;

    /// <summary>Queries being answered.</summary>
    public int Running => _register.Running;

    /// <summary>Whether new queries are refused.</summary>
    public bool IsDraining => Volatile.Read(ref _draining) != 0;

    /// <summary>Takes a query. Never waits; the reply comes through its sink.</summary>
    public void Submit(QueryRequest request)
    {
        if (request.Error is { } error)
        {
            Refuse(request, error);
            return;
        }
        var cancellation = new CancellationTokenSource();
        var (state, reply) = _register.Register(request.Identity, cancellation, request.Sink);
        if (state == Registration.New)
        {
            Run(() => AnswerAsync(request, cancellation));
            return;
        }
        cancellation.Dispose();
        metrics.Drop(state == Registration.Answered ? "duplicate_answered" : "duplicate_running");
        if (state == Registration.Surplus) Run(request.Sink.ReleaseAsync);
        if (reply is not null) Run(() => EndAsync(request.Sink, reply, "repeated"));
    }

    /// <summary>Ends a query with an error, without counting it as running.</summary>
    public void Refuse(QueryRequest request, QueryError error)
    {
        handler.Report(error);
        Run(() => EndAsync(request.Sink, error, error.Code));
    }

    /// <summary>Cancels a running query; false when none with this key runs.</summary>
    public bool Cancel(string key) => _register.Cancel(key);

    /// <summary>Runs other work of an endpoint, such as an acknowledgement, that the drain waits for.</summary>
    public void Run(Func<Task> work)
    {
        Interlocked.Increment(ref _tasks);
        _ = Task.Run(async () =>
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception e) // the task's edge
            {
                WorkFailed(logger, e.GetType().Name);
            }
            finally
            {
                Leave();
            }
        });
    }

    private async Task AnswerAsync(QueryRequest request, CancellationTokenSource cancellation)
    {
        QueryReply reply;
        using (cancellation)
        {
            reply = await handler.AnswerAsync(request, () => IsDraining, cancellation.Token, _stop.Token).ConfigureAwait(false);
            _register.End(request.Identity, reply);
        }
        await EndAsync(request.Sink, reply, reply.Outcome).ConfigureAwait(false);
        foreach (var duplicate in _register.Sent(request.Identity)) await duplicate.ReleaseAsync().ConfigureAwait(false);
    }

    private async Task EndAsync(IReplySink sink, QueryReply reply, string outcome)
    {
        metrics.Reply(outcome);
        await sink.EndAsync(reply).ConfigureAwait(false);
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _tasks) == 0) _idle.TrySetResult();
    }

    /// <summary>
    /// Refuses new queries with <c>unavailable</c>, lets running ones finish within the bound, then ends those left the same way.
    /// </summary>
    public async Task DrainAsync()
    {
        if (Interlocked.Exchange(ref _draining, 1) == 0) Leave();
        await _idle.Task.WaitAsync(options.DrainTimeout, clock)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _idle.Task.WaitAsync(AbortTimeout, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync() => await DrainAsync().ConfigureAwait(false);

    [LoggerMessage(Level = LogLevel.Error, Message = "A query's task failed: {Kind}")]
    private static partial void WorkFailed(ILogger logger, string kind);
}
