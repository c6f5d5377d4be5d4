using System.Globalization;

namespace EdgeAgent.Updates;

/// <summary>A time of day in which updates may run. A window that ends before it begins runs over midnight.</summary>
internal readonly record struct MaintenanceWindow(TimeOnly From, TimeOnly To)
{
    public static bool TryParse(string text, out MaintenanceWindow window)
    {
        window = default;
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split('-') is not [var from, var to]) return false;
        if (!TimeOnly.TryParseExact(from.Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var begin)
            || !TimeOnly.TryParseExact(to.Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var end) || begin == end)
            return false;
        window = new MaintenanceWindow(begin, end);
        return true;
    }

    /// <summary>Time until the window opens; zero inside it.</summary>
    public TimeSpan OpensIn(DateTimeOffset local)
    {
        var now = TimeOnly.FromTimeSpan(local.TimeOfDay);
        return now.IsBetween(From, To) ? TimeSpan.Zero : From - now; // a difference of TimeOnly is never negative
    }
}
