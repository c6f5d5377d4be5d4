using System.Globalization;

namespace EdgeAgent.Lab;

/// <summary>Progress of a long step as one line with a bar. Pure.</summary>
internal static class ProgressLine
{
    private const int Width = 24;

    /// <param name="done">0 to <paramref name="all"/>.</param>
    /// <param name="elapsed">Since <paramref name="before"/> were done, which a run that was resumed found there.</param>
    /// <param name="note">Loss and rate, in words.</param>
    public static string Of(string step, int done, int all, int before, TimeSpan elapsed, string note)
    {
        var filled = all == 0 ? Width : (int)((long)done * Width / all);
        var left = done > before ? $", {Span(elapsed * ((double)(all - done) / (done - before)))} left" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{step} [{new string('#', filled)}{new string('.', Width - filled)}] {done}/{all} {note}{left}");
    }

    private static string Span(TimeSpan t) => string.Create(CultureInfo.InvariantCulture,
        $"{(t.TotalMinutes >= 100 ? t.TotalHours : t.TotalMinutes >= 1 ? t.TotalMinutes : t.TotalSeconds):F0} "
        + $"{(t.TotalMinutes >= 100 ? "h" : t.TotalMinutes >= 1 ? "min" : "s")}");
}
