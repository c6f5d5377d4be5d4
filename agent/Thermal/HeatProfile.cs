using System.Globalization;
using EdgeAgent.Platform;

namespace EdgeAgent.Thermal;

/// <summary>
/// Recorded or made-up readings: a CSV file with the columns t_s, tj_c, cpu_c, gpu_c, soc_c, throttle, rate_ratio (t_s and any of
/// the others, in any order; an empty field is a missing reading).
/// </summary>
internal static class HeatProfile
{
    /// <exception cref="FormatException">Names the line and column, what was expected and what was found.</exception>
    public static IReadOnlyList<ThermalReading> Load(string path)
    {
        var lines = TextFile.ReadLines(path);
        if (lines.Count == 0) throw new FormatException($"{path}: a line of column names, found an empty file");
        var columns = lines[0].Split(',').Select(c => c.Trim()).ToList();
        if (!columns.Contains("t_s")) throw new FormatException($"{path}: a column t_s, found {lines[0]}");
        var readings = new List<ThermalReading>();
        for (var n = 1; n < lines.Count; n++)
        {
            if (string.IsNullOrWhiteSpace(lines[n])) continue;
            var fields = lines[n].Split(',');
            double? Field(string name)
            {
                var at = columns.IndexOf(name);
                if (at < 0 || at >= fields.Length || fields[at].Trim().Length == 0) return null;
                return double.TryParse(fields[at], CultureInfo.InvariantCulture, out var value)
                    ? value : throw new FormatException($"{path}, line {n + 1}: a number in {name}, found '{fields[at]}'");
            }
            readings.Add(new ThermalReading(Field("t_s") ?? throw new FormatException($"{path}, line {n + 1}: a time in t_s, found none"),
                Field("tj_c"), Field("cpu_c"), Field("gpu_c"), Field("soc_c"), Field("throttle"), Field("rate_ratio")));
        }
        return readings;
    }
}
