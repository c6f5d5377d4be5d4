using Polly;
using Polly.CircuitBreaker;

namespace EdgeAgent.Serving;

/// <summary>
/// A circuit breaker over answers. An answer holds a pass from its beginning to its end. Failed answers count; cancelled and
/// refused ones do not. While the circuit is open or isolated, every answer is refused.
/// </summary>
internal sealed class EngineBreaker
{
    /// <summary>Polly's lower bound of a break, seconds.</summary>
    private const double MinBreakSeconds = 0.5;

    private readonly CircuitBreakerManualControl _control = new();
    private readonly ResiliencePipeline _pipeline;

    /// <param name="opened">Called when failures open the circuit, not when <see cref="IsolateAsync"/> does.</param>
    public EngineBreaker(SupervisorOptions options, TimeProvider clock, Action opened) =>
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<InferenceException>(),
            FailureRatio = options.FailureRatio,
            MinimumThroughput = options.FailuresAtLeast,
            SamplingDuration = options.FailureWindow,
            BreakDuration = TimeSpan.FromSeconds(Math.Max(MinBreakSeconds, options.BackOff.TotalSeconds)),
            ManualControl = _control,
            OnOpened = change =>
            {
                if (!change.IsManual) opened();
                return default;
            },
        }).Build();

    public Task IsolateAsync(CancellationToken cancellationToken) => _control.IsolateAsync(cancellationToken);

    public Task CloseAsync(CancellationToken cancellationToken) => _control.CloseAsync(cancellationToken);

    /// <exception cref="StudentAwayException">The circuit is open or isolated.</exception>
    public async Task<BreakerPass> EnterAsync(CancellationToken cancellationToken)
    {
        var admitted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var outcome = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // an answer is a stream, and Polly runs functions: this one runs from the pass to the answer's end
        var execution = _pipeline.ExecuteAsync(async _ =>
        {
            admitted.SetResult();
            await outcome.Task.ConfigureAwait(false);
        }, cancellationToken).AsTask();
        await Task.WhenAny(admitted.Task, execution).ConfigureAwait(false);
        if (admitted.Task.IsCompleted) return new BreakerPass(outcome, execution);
        try
        {
            await execution.ConfigureAwait(false);
        }
        catch (BrokenCircuitException)
        {
            throw new StudentAwayException();
        }
        throw new InvalidOperationException("the breaker ended an answer that had not begun");
    }
}

/// <summary>One answer's pass through the breaker. Must be ended; the first end counts.</summary>
internal sealed class BreakerPass(TaskCompletionSource outcome, Task execution)
{
    /// <summary>Ends a pass without a failure of the engine: the answer is whole, abandoned by its asker, or refused.</summary>
    public Task EndAsync()
    {
        outcome.TrySetResult();
        return EndedAsync();
    }

    /// <summary>Ends a pass with a failure of the engine.</summary>
    public Task FailAsync(InferenceException e)
    {
        outcome.TrySetException(e);
        return EndedAsync();
    }

    /// <summary>Waits until the breaker has counted the outcome; the caller throws the exception itself.</summary>
    private async Task EndedAsync() => await execution.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
