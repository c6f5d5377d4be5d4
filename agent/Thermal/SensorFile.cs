using System.Globalization;
using EdgeAgent.Platform;

namespace EdgeAgent.Thermal;

/// <summary>A kernel file that holds a number, read with a timeout (<see cref="TimedRead{T}"/>). Not safe for concurrent use.</summary>
/// <param name="thread">The source's own; files of one source share it.</param>
internal sealed class SensorFile(string path, SensorThread thread, TimeProvider clock)
{
    private readonly TimedRead<string> _read = new(() => TextFile.ReadUnchecked(path), thread, clock);

    public string Path => path;

    /// <summary>The number; null where none can be read now.</summary>
    public double? Read() =>
        _read.TryRead(out var text) && double.TryParse(text!.Trim(), CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>A kernel file's text in lower case; empty where it cannot be read.</summary>
    public static string Word(string path)
    {
        try
        {
            return File.Exists(path) ? TextFile.ReadUnchecked(path).Trim().ToLowerInvariant() : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
