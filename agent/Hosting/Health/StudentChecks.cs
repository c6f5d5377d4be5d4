using System.Globalization;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Evaluation;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting.Health;

/// <summary>Which execution provider the student would get, in which form of the graph, with the libraries of this machine.</summary>
internal sealed class ProviderCheck(DoctorScene scene) : DoctorCheck("provider")
{
    protected override IEnumerable<HealthFinding> Look()
    {
        var (settings, options) = (scene.Settings, scene.Settings.Student.ToOptions());
        using var model = OpenModel.Open(ServedStudent.Directory(settings));
        yield return Choose(model, options.Providers, options.Require);
        if (TensorRt() is { } version)
            yield return Good($"TensorRT {version} is installed: the graph's form for it is '{FormFor(version)}'");
    }

    private static HealthFinding Choose(OpenModel model, IReadOnlyList<ExecutionProvider> providers, ExecutionProvider? require)
    {
        try
        {
            var (choice, form) = DecoderFactory.Default.Choose(model, providers, require);
            var got = $"{choice.Got} in the form '{form.Name}', ONNX Runtime {OnnxRuntimeLibrary.Version}";
            return choice.Reasons.Count == 0 ? Good(got)
                : Warning($"{got}; passed over: {string.Join("; ", choice.Reasons)}",
                    "install an ONNX Runtime library with the provider (native/README.md), or list the one that serves in " +
                    "Student:Providers", "answers come from a slower processor");
        }
        catch (ExecutionProviderException e)
        {
            return Failure(e.Message, "install the library, or remove Student:Require", "the service does not start");
        }
    }

    /// <summary>The version in the name of the installed library, such as libnvinfer.so.10.3.0; null where there is none.</summary>
    private Version? TensorRt()
    {
        const string name = "libnvinfer.so.";
        return new[] { "usr/lib/aarch64-linux-gnu", "usr/lib/x86_64-linux-gnu", "usr/local/tensorrt/lib" }.Select(scene.In)
            .Where(System.IO.Directory.Exists).SelectMany(d => System.IO.Directory.GetFiles(d, name + "*"))
            .Select(f => Version.TryParse(Path.GetFileName(f)[name.Length..], out var version) ? version : null).OfType<Version>().Max();
    }

    /// <summary>Operators that TensorRT's parser takes from 10.15 on are spelled in primitives before (decision 0011).</summary>
    internal static string FormFor(Version tensorRt) => tensorRt >= new Version(10, 15) ? "tensorrt"
        : tensorRt >= new Version(10, 3) ? "tensorrt-10.3" : "none: 10.3 or later is needed";
}

/// <summary>Whether a trusted key signed the student, and no byte of it has changed.</summary>
internal sealed class SignatureCheck(DoctorScene scene) : DoctorCheck("signature")
{
    protected override IEnumerable<HealthFinding> Look()
    {
        var settings = scene.Settings;
        var keys = new KeyRing(settings.Updates.Keys, settings.KeyStatementsPath, scene.Clock).TrustedForLoading(out var problems);
        yield return Student(ServedStudent.Directory(settings), settings.Bundles.RequireSignature);
        if (keys.Count == 0)
            yield return Warning($"no trusted key in '{settings.Updates.Keys}'{Named(problems)}",
                $"sudo install -D -m 644 fleet.pub {settings.Updates.Keys}/fleet.pub", "every update is refused");
        else if (problems.Count > 0) yield return Warning($"{keys.Count} trusted keys; not used: {string.Join("; ", problems)}");
        if (keys.Count > 0 && !settings.Bundles.RequireSignature)
            yield return Warning("keys are there, and Bundles:RequireSignature is off",
                $"set Bundles:RequireSignature to true in {scene.ConfigurationFile}",
                "whoever can write the state directory can put in another student");
    }

    private HealthFinding Student(string directory, bool isRequired)
    {
        try
        {
            new SignedStart(scene.Settings, scene.Clock).Verify(directory);
            return Good($"'{directory}' is as a trusted key signed it");
        }
        catch (Exception e) when (e is VerificationException || DiskErrors.Include(e))
        {
            var remedy = "edge-agent model sign key --private-key KEY.pem --signature " +
                $"{Path.Combine(directory, Bundles.Bundle.SignatureFileName)} {directory}";
            return isRequired
                ? Failure($"'{directory}': {e.Message}", remedy, "Bundles:RequireSignature is on: only stored answers are served")
                : Warning($"'{directory}': {e.Message}", remedy);
        }
    }

    private static string Named(IReadOnlyList<string> problems) => problems.Count == 0 ? "" : $": {string.Join("; ", problems)}";
}

/// <summary>Whether the student loads and answers, in a process of its own.</summary>
internal sealed class LoadCheck(DoctorScene scene) : IDoctorCheck
{
    public string Name => "student";

    public async Task<IReadOnlyList<HealthFinding>> LookAsync(CancellationToken cancellationToken)
    {
        if (scene.Agent is not null) return [new HealthFinding(HealthSeverity.Skipped, "the running agent has it in memory")];
        var directory = ServedStudent.Directory(scene.Settings);
        var report = await new ChildBundleProbe(scene.Settings.Updates.ProbeTimeout, scene.Clock)
            .ProbeAsync(directory, golden: null, cancellationToken).ConfigureAwait(false);
        if (report.Failure is { } failure)
            return [new HealthFinding(HealthSeverity.Failure, $"'{directory}' cannot be used: {failure}",
                $"edge-agent model inspect {directory}") { Why = "the service does not start, or serves the student it came with" }];
        var says = string.Create(CultureInfo.InvariantCulture,
            $"'{directory}' answers: {report.GoldenRight} of {report.Golden} golden prompts, {report.TokensPerSecond:F0} tokens/s, " +
            $"{report.PeakMegabytes:F0} MB");
        var isRight = report.GoldenRight >= report.Golden * scene.Settings.Updates.GoldenShare;
        return [isRight ? new HealthFinding(HealthSeverity.Good, says)
            : new HealthFinding(HealthSeverity.Failure, says, "install another student: edge-agent model install DIR")
            {
                Why = $"Updates:GoldenShare asks for {scene.Settings.Updates.GoldenShare:P0}"
            }];
    }
}
