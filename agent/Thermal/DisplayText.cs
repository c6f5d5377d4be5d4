using System.Globalization;

namespace EdgeAgent.Thermal;

/// <summary>The text of a small display. Pure.</summary>
internal static class DisplayText
{
    public const int Columns = 16;

    /// <summary>Two lines of <see cref="Columns"/> printable ASCII characters, the only ones that every such display has.</summary>
    /// <param name="page">A problem that is longer than a line is shown page after page.</param>
    public static (string Upper, string Lower) Of(BoardState state, bool isMaintenance, int page)
    {
        var temperature = state.Celsius is { } celsius ? string.Create(CultureInfo.InvariantCulture, $"{celsius:F0}C") : "--C";
        var mode = isMaintenance ? "MAINT" : state.IsAway ? "AWAY" : "OK";
        var problem = Printable(state.Problem ?? "no problem");
        var pages = (problem.Length + Columns - 1) / Columns;
        var start = page % pages * Columns;
        return (Line($"{state.Level} {temperature} {mode}"), Line(problem[start..Math.Min(problem.Length, start + Columns)]));
    }

    private static string Line(string text) => text.PadRight(Columns)[..Columns];

    private static string Printable(string text)
    {
        var ascii = new string([.. text.Select(c => c is >= ' ' and <= '~' ? c : '?')]);
        return ascii.Length == 0 ? " " : ascii;
    }
}
