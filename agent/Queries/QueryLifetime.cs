using EdgeAgent.Serving;

namespace EdgeAgent.Queries;

/// <summary>
/// What can end a query before its answer does: the asker's cancel, the deadline, heat, the device stopping. Says which it was.
/// </summary>
internal sealed class QueryLifetime : IDisposable
{
    private readonly CancellationToken _asker, _heat;
    private readonly CancellationTokenSource _expiry, _any;
    private readonly Func<bool> _isStopping;

    /// <param name="left">Time left to the deadline; none left ends it at once.</param>
    /// <param name="isStopping">Whether new queries are refused; before <paramref name="stop"/> is cancelled.</param>
    /// <param name="asker">Cancelled when the asker cancels.</param>
    /// <param name="heat">Cancelled when heat ends running answers.</param>
    /// <param name="stop">Cancelled when running answers must end since the device stops.</param>
    public QueryLifetime(TimeSpan left, Func<bool> isStopping, TimeProvider clock, CancellationToken asker, CancellationToken heat,
        CancellationToken stop)
    {
        (_asker, _heat, _isStopping) = (asker, heat, isStopping);
        _expiry = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock);
        _any = CancellationTokenSource.CreateLinkedTokenSource(asker, heat, _expiry.Token, stop);
        IsExpired = left <= TimeSpan.Zero;
    }

    /// <summary>Whether the deadline had passed at the arrival.</summary>
    public bool IsExpired { get; }

    public CancellationToken Token => _any.Token;

    /// <summary>What is known before the student is asked.</summary>
    public GenerationOutcome AtArrival() => _isStopping() ? GenerationOutcome.Stopping
        : IsExpired ? GenerationOutcome.Expired : GenerationOutcome.NotTried;

    /// <summary>What an exception of the generation means. The asker's cancel counts first, then heat, then the rest.</summary>
    public GenerationOutcome OutcomeOf(Exception e)
    {
        if (e is OperationCanceledException)
        {
            if (_asker.IsCancellationRequested) return GenerationOutcome.Cancelled;
            if (_isStopping()) return GenerationOutcome.Stopping;
            return _heat.IsCancellationRequested && !_expiry.IsCancellationRequested
                ? GenerationOutcome.Overheated : GenerationOutcome.Expired;
        }
        if (e is ObjectDisposedException && _isStopping()) return GenerationOutcome.Stopping;
        return ServingFailure.Of(e).Kind switch
        {
            ServingFailureKind.Busy => GenerationOutcome.Busy,
            ServingFailureKind.Away => GenerationOutcome.Away,
            ServingFailureKind.TooLong => GenerationOutcome.TooLong,
            ServingFailureKind.Refused => GenerationOutcome.Invalid,
            _ => GenerationOutcome.Failed,
        };
    }

    public void Dispose()
    {
        _any.Dispose();
        _expiry.Dispose();
    }
}
