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
    public double? Hottest => HottestOf([Tj, Cpu, Gpu, Soc]);

    /// <summary>
    /// The highest plausible one of some temperatures, C; null where there is none. Each is judged before any is compared, so that a
    /// broken sensor hides no other.
    /// </summary>
    public static double? HottestOf(IEnumerable<double?> temperatures) => temperatures.Where(t => t is >= Min and <= Max).Max();
}
