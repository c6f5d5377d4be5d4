using System.Globalization;
using EdgeAgent.Platform;

namespace EdgeAgent.Thermal;

/// <summary>
/// A kernel file that holds a number. Each read has a timeout. A file that hangs (as zones of a switched-off unit do), or fails three
/// times in a row, is quarantined for a minute. Not safe for concurrent use.
/// </summary>
/// <param name="thread">The source's own; files of one source share it.</param>
internal sealed class SensorFile(string path, SensorThread thread, TimeProvider clock)
{
    private const int MaxFailures = 3;
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500), Quarantine = TimeSpan.FromSeconds(60);
    private int _failed;
    private long? _quarantinedSince;
    private Task<string>? _hanging;

    public string Path => path;

    /// <summary>The number; null where none can be read now.</summary>
    public double? Read()
    {
        if (_quarantinedSince is { } since)
        {
            if (clock.GetElapsedTime(since) < Quarantine || _hanging is { IsCompleted: false }) return null;
            (_quarantinedSince, _failed, _hanging) = (null, 0, null);
        }
        var read = new Task<string>(() => TextFile.ReadUnchecked(path));
        thread.Start(read);
        try
        {
            var text = read.WaitAsync(Timeout, clock).GetAwaiter().GetResult();
            _failed = 0;
            return double.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var value) ? value : null;
        }
        catch (TimeoutException)
        {
            // the read hangs: until it returns, the file is not read again
            thread.Abandon();
            (_hanging, _quarantinedSince) = (read, clock.GetTimestamp());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (++_failed >= MaxFailures) _quarantinedSince = clock.GetTimestamp();
        }
        return null;
    }

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
