namespace EdgeAgent.Thermal;

/// <summary>What a board's sensors read beside temperatures; what the board lacks is null.</summary>
internal sealed record BoardReading
{
    /// <summary>Power of the whole module, W: its input rail, or where it has none (AGX) the sum of its rails.</summary>
    public double? PowerWatts { get; init; }

    public double? FanRpm { get; init; }

    /// <summary>0..100.</summary>
    public double? GpuLoadPercent { get; init; }

    public double? CpuMegahertz { get; init; }
    public double? GpuMegahertz { get; init; }

    /// <summary>
    /// Over-current events since boot that slowed the board down: those of OC1 and OC2. OC3 alone is no fault.
    /// </summary>
    public double? OverCurrents { get; init; }

    /// <summary>Power mode of nvpmodel.</summary>
    public int? PowerMode { get; init; }

    /// <summary>The climate in the cabinet, where a sensor is configured.</summary>
    public ClimateReading? Cabinet { get; init; }
}
