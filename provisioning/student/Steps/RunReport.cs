using System.Globalization;
using System.Text;
using EdgeAgent.Platform;

namespace EdgeAgent.Lab;

/// <summary>Writes what a training was and came to.</summary>
internal static class RunReport
{
    public static void Write(LabFolder folder, string name, TrainingLoop loop, StudentNet net)
    {
        if (loop.Losses.Count < 2) return; // nothing was trained: the report of the run that did stays
        var file = Path.Combine(folder.Work, $"report-{name}.md");
        DurableFile.Write(Path.ChangeExtension(file, ".svg"), s => s.Write(Encoding.UTF8.GetBytes(LossPlot.Svg(loop.Losses))));
        var text = string.Create(CultureInfo.InvariantCulture, $"""
            # {name}

            {net.Millions:F2} M parameters, seed {folder.Options.Seed}, {loop.Losses[^1].Step} steps; this run: {loop.Tokens} tokens in
            {loop.Took.TotalMinutes:F1} minutes, {folder.Options.Threads} threads, {net.Device}.

            ![loss](report-{name}.svg)

            Options: `{folder.Options}`

            """);
        DurableFile.Write(file, s => s.Write(Encoding.UTF8.GetBytes(text)));
    }
}
