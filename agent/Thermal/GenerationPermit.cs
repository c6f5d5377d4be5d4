namespace EdgeAgent.Thermal;

/// <summary>Says how hot the device is to those who generate.</summary>
internal interface IThermalGate
{
    /// <summary>Taken once a query, at its arrival.</summary>
    GenerationPermit Enter();
}

/// <summary>What heat allows one query.</summary>
/// <param name="State">Level and reason at the arrival.</param>
/// <param name="Now">Level and reason at any later moment; cheap.</param>
/// <param name="MustEnd">Cancelled <see cref="ThermalCutoff.Grace"/> after generation was suspended.</param>
internal readonly record struct GenerationPermit(LadderState State, Func<LadderState> Now, CancellationToken MustEnd);
