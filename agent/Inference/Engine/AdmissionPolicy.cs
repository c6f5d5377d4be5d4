namespace EdgeAgent.Inference.Engine;

/// <summary>What the admission of one request depends on.</summary>
/// <param name="Rates">What the device does.</param>
/// <param name="Running">What is left of each row's work.</param>
/// <param name="Ahead">Waiting requests that are served before this one, in order.</param>
/// <param name="Own">This request.</param>
/// <param name="LongestAnswer">Tokens its answer is not expected to exceed.</param>
internal sealed record AdmissionFacts(ServiceRates Rates, IReadOnlyList<RequestWork> Running, IReadOnlyList<RequestWork> Ahead,
    RequestWork Own, double LongestAnswer)
{
    /// <summary>Work of the same client among <see cref="Ahead"/>.</summary>
    public RequestWork OwnAhead { get; init; }

    /// <summary>Waiting requests that would be served after this one, in order, and the seconds until their deadlines.</summary>
    public IEnumerable<(RequestWork Work, double Seconds)> Behind { get; init; } = [];

    /// <summary>Share of the engine that the client gets while others go on to ask, 0..1 (<see cref="ClientShares.Guaranteed"/>).</summary>
    public double Share { get; init; } = 1;

    /// <summary>Time until the deadline; null without one.</summary>
    public TimeSpan? Remaining { get; init; }
}

/// <summary>
/// Decides whether a request can be answered before its deadline: the queue ahead of it is replayed in the order of service. An early
/// refusal costs milliseconds, a timeout seconds. An idle engine admits everything: only steps correct a wrong estimate. Pure.
/// </summary>
internal static class AdmissionPolicy
{
    /// <summary>Waiting takes this much longer than forecast before a request that was admitted is late.</summary>
    private const double Margin = 1.1;

    private static readonly TimeSpan MinRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>Null admits the request; otherwise the time after which to ask again.</summary>
    public static TimeSpan? Refuse(AdmissionFacts facts)
    {
        if (facts.Remaining is not { } remaining || facts.Running.Count == 0 && facts.Ahead.Count == 0) return null;
        var forecast = new ServiceForecast(facts.Rates);
        foreach (var row in facts.Running) forecast.Running(row);
        foreach (var work in facts.Ahead) forecast.Start(work);
        var first = forecast.Start(facts.Own);
        if (forecast.IsCrowded) first = Math.Max(first, OwnTurns(facts));
        var end = Margin * first + forecast.Uncertainty + forecast.Answer(facts.LongestAnswer);
        if (end > remaining.TotalSeconds) return Later(end - remaining.TotalSeconds);
        foreach (var (work, seconds) in facts.Behind)
        {
            // it was admitted before, and would be late for this one's sake
            if (Margin * forecast.WouldEnd(work) is var late && late > seconds) return Later(late - seconds);
            forecast.Start(work);
        }
        return null;
    }

    /// <summary>When to ask again, after the queue has become shorter by so many seconds.</summary>
    public static TimeSpan Later(double seconds) => TimeSpan.FromSeconds(Math.Max(MinRetry.TotalSeconds, Math.Round(seconds, 2)));

    /// <summary>
    /// Seconds until the client's own requests are done up to this one, if the others go on to claim their share: theirs that come later
    /// are served before a long queue of its own, and before one dear request.
    /// </summary>
    private static double OwnTurns(AdmissionFacts facts) =>
        (facts.Rates.EngineSeconds(facts.OwnAhead) + facts.Rates.EngineSeconds(facts.Own)) / Math.Max(facts.Share, 1e-3);
}
