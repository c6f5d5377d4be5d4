namespace EdgeAgent.Thermal;

/// <summary>A level and the reason for it.</summary>
internal sealed record LadderState(Level Level, string Reason);
