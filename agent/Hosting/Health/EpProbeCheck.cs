using System.Text.Json;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Health;

/// <summary>
/// What <c>ep-probe</c> says, where it is installed: whether the provider computes what the CPU does, and whether the device gives one
/// large piece of memory. It is another process in another language: what it finds is no fault of the agent.
/// </summary>
internal sealed class EpProbeCheck(DoctorScene scene) : IDoctorCheck
{
    private const string Program = "ep-probe", Library = "libonnxruntime.so";
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    public string Name => Program;

    public async Task<IReadOnlyList<HealthFinding>> LookAsync(CancellationToken cancellationToken)
    {
        var path = scene.EpProbe ?? Path.Combine(AppContext.BaseDirectory, Program);
        if (!File.Exists(path))
            return [new HealthFinding(scene.EpProbe is null ? HealthSeverity.Skipped : HealthSeverity.Failure, $"there is no '{path}'",
                "build it from native/ and name it with --ep-probe")];
        if (FindLibrary() is not { } library) return [new HealthFinding(HealthSeverity.Failure, $"there is no {Library} beside the agent")];
        var findings = new List<HealthFinding>();
        foreach (var provider in Providers())
            findings.Add(await ProbeAsync(path, library, provider, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    /// <summary>Those that the library has; what it lacks, the check of the provider says.</summary>
    private static IEnumerable<ExecutionProvider> Providers()
    {
        var available = new OnnxRuntimeCatalog().Available;
        if (available.Contains("TensorrtExecutionProvider")) yield return ExecutionProvider.TensorRT;
        if (available.Contains("CUDAExecutionProvider")) yield return ExecutionProvider.Cuda;
        yield return ExecutionProvider.Cpu;
    }

    private async Task<HealthFinding> ProbeAsync(string path, string library, ExecutionProvider provider,
        CancellationToken cancellationToken)
    {
        var name = provider.ToString().ToLowerInvariant();
        List<string> arguments = ["--library", library, "--provider", name];
        if (provider != ExecutionProvider.Cpu) arguments.AddRange(["--allocate", $"{scene.AllocateMebibytes}"]);
        var result = await ChildProcess.RunAsync(new ChildCommand(path, arguments), new ChildLimits(Timeout), scene.Clock, null,
            cancellationToken).ConfigureAwait(false);
        if (result.Code == 0) return new HealthFinding(HealthSeverity.Good, $"{provider} computes what the CPU does");
        var severity = provider == ExecutionProvider.Cpu ? HealthSeverity.Failure : HealthSeverity.Warning;
        return new HealthFinding(severity, $"{provider}: {(result.Code is { } code ? Meaning(code) : "it hangs")}" +
            $"{Said(result.Output, result.Error)}", $"{path} {string.Join(' ', arguments)}")
        { Why = severity == HealthSeverity.Failure ? "the student cannot run" : "the student runs on another provider" };
    }

    /// <summary>Its exit codes.</summary>
    internal static string Meaning(int code) => code switch
    {
        1 => "its results differ from the CPU's",
        2 => "it does not know these options; it is of another version",
        3 => "the library cannot be loaded",
        4 => "the provider cannot be used",
        5 => "the graph cannot be run",
        6 => "the device does not give the memory",
        _ => $"it ended with code {code}",
    };

    /// <summary>The error in its JSON, or the last line of what it wrote.</summary>
    internal static string Said(string output, string error)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out var said))
                return $" ({(said.ValueKind == JsonValueKind.Object && said.TryGetProperty("message", out var text) ? text : said)})";
        }
        catch (JsonException)
        {
            // an older one writes text
        }
        var lines = $"{output}\n{error}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length > 0 ? $" ({lines[^1]})" : "";
    }

    /// <summary>Beside the agent when it is packed, and in NuGet's folders when it is built.</summary>
    private static string? FindLibrary() => new[]
    {
        Path.Combine(AppContext.BaseDirectory, Library),
        Path.Combine(AppContext.BaseDirectory, "runtimes", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "native",
            Library),
    }.FirstOrDefault(File.Exists);
}
