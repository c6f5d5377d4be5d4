namespace EdgeAgent.Updates.Steps;

/// <summary>What a step came to.</summary>
/// <param name="Update">The update's new state; null if it has not changed.</param>
/// <param name="Wait">Time to the next step: zero for at once, null to wait for news.</param>
internal sealed record StepOutcome(UpdateRecord? Update, TimeSpan? Wait)
{
    /// <summary>The update goes on at once with a new state.</summary>
    public static StepOutcome Move(UpdateRecord update) => new(update, TimeSpan.Zero);

    /// <summary>The update has ended.</summary>
    public static StepOutcome End(UpdateRecord update, UpdateState state, string? reason = null, string? detail = null) =>
        Move(update with { State = state, Reason = reason, Detail = detail, NextRetry = null });

    /// <summary>The update's state has not changed.</summary>
    public static StepOutcome Stay(TimeSpan? wait) => new(null, wait);
}
