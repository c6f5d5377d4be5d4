namespace EdgeAgent.Inference.Engine;

/// <summary>
/// Decides from the load alone whether a request can be answered before its deadline: queued prefill over the prefill rate, plus
/// the decode steps until a row is free, plus the steps of its own answer. An early refusal costs milliseconds, a timeout seconds. An
/// idle engine admits everything: only steps correct a wrong estimate.
/// </summary>
internal static class AdmissionPolicy
{
    private static readonly TimeSpan MinRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>Null admits the request; otherwise the time after which to ask again.</summary>
    /// <param name="remaining">Time until the request's deadline; null without one.</param>
    public static TimeSpan? Refuse(EngineLoad load, int promptTokens, int maxTokens, TimeSpan? remaining)
    {
        if (load.Active + load.Waiting == 0) return null;
        var wait = WaitSeconds(load, promptTokens);
        if (load.Active + load.Waiting >= load.Rows + load.MaxWaiting) return Later(wait);
        var answer = Math.Min(maxTokens, Math.Max(load.AnswerTokens, 1)) * load.StepSeconds;
        if (remaining is { } limit && wait + answer > limit.TotalSeconds) return Later(wait);
        return null;
    }

    private static double WaitSeconds(EngineLoad load, int promptTokens)
    {
        var prefill = load.PrefillRate > 0 ? (load.QueuedPrefill + promptTokens) / load.PrefillRate : 0;
        var ahead = Math.Max(0, load.Active + load.Waiting + 1 - load.Rows);
        var turns = Math.Ceiling((double)ahead / load.Rows);
        return prefill + turns * load.AnswerTokens * load.StepSeconds;
    }

    private static TimeSpan Later(double seconds) => TimeSpan.FromSeconds(Math.Max(MinRetry.TotalSeconds, Math.Round(seconds, 2)));
}
