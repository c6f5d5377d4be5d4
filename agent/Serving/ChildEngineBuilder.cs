using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;

namespace EdgeAgent.Serving;

/// <summary>
/// Builds engines in a process of its own, which may crash, hang or take too much memory without harm to the student that serves. Of the
/// form's variants the first that the builder takes is kept.
/// </summary>
/// <param name="students">The providers and sizes that engines are for.</param>
/// <param name="decoders">Null: every form of this version and the library of this process.</param>
/// <param name="command">Makes the command of <c>edge-agent</c>'s arguments; null: this program.</param>
internal sealed class ChildEngineBuilder(StudentOptions students, TimeProvider clock, DecoderFactory? decoders = null,
    Func<IReadOnlyList<string>, ChildCommand>? command = null) : IEngineBuilder
{
    /// <summary>Share of the free memory that a builder may take where no limit is set.</summary>
    private const double FreeShare = 0.8;

    private const double Mega = 1e6;

    /// <summary>Characters of a builder's words that a status carries.</summary>
    private const int MaxWords = 400;

    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(15);

    private readonly DecoderFactory _decoders = decoders ?? DecoderFactory.Default;

    public async Task<EngineBuild> BuildAsync(string directory, Action<string> progress, CancellationToken cancellationToken)
    {
        if (!_decoders.UsesDevice(students.Providers, students.Require) || Unbuilt(directory) is not { } variants)
            return EngineBuild.NotNeeded;
        var refusals = new List<string>();
        foreach (var variant in variants)
        {
            var refusal = await TryAsync(directory, variant, progress, cancellationToken).ConfigureAwait(false);
            if (refusal is null) return new EngineBuild(true, null);
            progress($"{variant}: {refusal}");
            refusals.Add($"{variant}: {refusal}");
        }
        return new EngineBuild(false, string.Join("; ", refusals));
    }

    /// <summary>The variants to build; null where nothing is to be built.</summary>
    private IReadOnlyList<string>? Unbuilt(string directory)
    {
        using var model = OpenModel.Open(directory);
        return _decoders.Unbuilt(model, students.Providers, students.Require, students.Decoder)?.Variants;
    }

    /// <returns>The builder's words; null where the engine is there.</returns>
    private async Task<string?> TryAsync(string directory, string variant, Action<string> progress, CancellationToken cancellationToken)
    {
        string[] arguments = ["model", "build", directory, ChildArguments.Variant, variant, .. ChildArguments.Of(students)];
        var limits = new ChildLimits(students.EngineBuildTimeout, MaxMegabytes());
        var (stage, told) = ("", TimeSpan.Zero);
        var watch = new ChildWatch(
            line =>
            {
                stage = line;
                progress(line);
            },
            (elapsed, megabytes) =>
            {
                if (elapsed - told < TickInterval) return;
                told = elapsed;
                progress($"{stage} ({elapsed.TotalSeconds:F0} s, {megabytes:F0} MB)");
            });
        var result = await ChildProcess.RunAsync((command ?? ChildCommand.Self)(arguments), limits, clock, watch, cancellationToken)
            .ConfigureAwait(false);
        return result switch
        {
            { End: ChildEnd.TimedOut } => $"the builder did not end within {limits.Timeout.TotalSeconds:F0} s; raise " +
                "Student:EngineBuildSeconds",
            { End: ChildEnd.TookTooMuchMemory } => $"the builder took {result.PeakMegabytes:F0} MB of memory, and " +
                $"{limits.Megabytes:F0} MB are allowed; raise Student:EngineBuildMegabytes, or stop other programs",
            { Code: not 0 } => Words(result),
            _ => Unbuilt(directory) is null ? null : "the builder ended well and left no sealed engine",
        };
    }

    private double MaxMegabytes() => students.EngineBuildMegabytes > 0 ? students.EngineBuildMegabytes
        : students.Decoder.FreeMemory() is { } free ? FreeShare * free / Mega : 0;

    private static string Words(ChildResult result)
    {
        var words = result.LastError.Replace("edge-agent: ", "", StringComparison.Ordinal);
        if (words.Length == 0) return $"the builder ended with code {result.Code} and said nothing";
        return words.Length <= MaxWords ? words : words[..MaxWords] + " ...";
    }
}
