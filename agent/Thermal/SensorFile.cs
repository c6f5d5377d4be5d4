using System.Globalization;

namespace EdgeAgent.Thermal;

/// <summary>
/// A file of the kernel that gives a number. Each read has a time limit; a file that hangs (as zones of a switched-off unit do), or
/// fails three times in a row, is left alone for a minute.
/// </summary>
internal sealed class SensorFile(string path, TimeProvider clock)
{
    private const int Failures = 3;
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500), Quarantine = TimeSpan.FromSeconds(60);
    private int _failed;
    private long? _awaySince;
    private Task<string>? _hanging;

    public string Path => path;

    /// <summary>The number; null where there is none now.</summary>
    public double? Read()
    {
        if (_awaySince is { } since)
        {
            if (clock.GetElapsedTime(since) < Quarantine || _hanging is { IsCompleted: false }) return null;
            (_awaySince, _failed, _hanging) = (null, 0, null);
        }
        var read = Task.Run(() => File.ReadAllText(path));
        try
        {
            if (read.Wait(Timeout))
            {
                _failed = 0;
                return double.TryParse(read.Result.Trim(), CultureInfo.InvariantCulture, out var value) ? value : null;
            }
            // it hangs: nobody waits for it twice
            (_hanging, _awaySince) = (read, clock.GetTimestamp());
        }
        catch (AggregateException)
        {
            if (++_failed >= Failures) _awaySince = clock.GetTimestamp();
        }
        return null;
    }

    /// <summary>A word the kernel has in a file, in lower case; empty where there is none.</summary>
    public static string Word(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim().ToLowerInvariant() : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
