using System.Globalization;
using System.Text;

namespace EdgeAgent.Lab;

/// <summary>The loss over the steps of a run as an SVG picture. Pure.</summary>
internal static class LossPlot
{
    private const int Width = 640, Height = 240, Left = 50, Bottom = 30, Top = 10;

    /// <param name="losses">(step, loss in nats), at least two, steps ascending.</param>
    public static string Svg(IReadOnlyList<(int Step, double Loss)> losses)
    {
        int first = losses[0].Step, last = Math.Max(losses[^1].Step, first + 1);
        var highest = Math.Max(1e-6, losses.Max(l => l.Loss));
        var points = new StringBuilder();
        foreach (var (step, loss) in losses)
            points.Append(CultureInfo.InvariantCulture, $"{X(step):F1},{Height - Bottom - loss / highest * (Height - Bottom - Top):F1} ");
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12">
            <path d="M{Left} {Top}V{Height - Bottom}H{Width}" fill="none" stroke="#888"/>
            <text x="4" y="{Top + 10}">{highest:F2}</text><text x="4" y="{Height - Bottom}">0 nats</text>
            <text x="{Left}" y="{Height - 8}">step {first}</text><text x="{Width}" y="{Height - 8}" text-anchor="end">{last}</text>
            <polyline points="{points.ToString().TrimEnd()}" fill="none" stroke="#06c" stroke-width="1.5"/>
            </svg>

            """);

        double X(int step) => Left + (double)(step - first) / (last - first) * (Width - Left - 1);
    }
}
