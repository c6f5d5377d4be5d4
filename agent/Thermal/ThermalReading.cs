namespace EdgeAgent.Thermal;

/// <summary>
/// The sensors' values at a time; null where a sensor gave none. Temperatures in C; throttle is a cooling state, 0 for none; the rate
/// is tokens per second as a share of the usual rate.
/// </summary>
internal sealed record ThermalReading(double Seconds, double? Tj = null, double? Cpu = null, double? Gpu = null, double? Soc = null,
    double? Throttle = null, double? RateRatio = null)
{
    /// <summary>Plausible temperatures, C: a gated sensor reads -256, a broken one anything.</summary>
    private const double Min = -40, Max = 150;

    /// <summary>The highest plausible temperature, C; null where there is none.</summary>
    public double? Hottest => new[] { Tj, Cpu, Gpu, Soc }.Where(t => t is >= Min and <= Max).Max();
}
