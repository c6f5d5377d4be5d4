using EdgeAgent.Updates;

namespace EdgeAgent.Fleet;

/// <summary>How far a device is with the rollout's bundle.</summary>
/// <param name="IsWorse">It has committed, and its users rate the answers lower than before.</param>
internal sealed record DeviceProgress(UpdateState State, bool IsWorse = false)
{
    public bool IsOver => State is UpdateState.Committed or UpdateState.Failed or UpdateState.RolledBack or UpdateState.Cancelled;

    /// <summary>Not committed, or committed and worse.</summary>
    public bool IsBad => State != UpdateState.Committed || IsWorse;
}

/// <summary>What the fleet manager does next: devices that get or lose the command, and the rollout's new record.</summary>
internal sealed record RolloutPlan(RolloutRecord Record, IReadOnlyList<string> Send, IReadOnlyList<string> Withdraw);
