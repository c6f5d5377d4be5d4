using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Hosting.Health;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent doctor</c>: looks at the device and says what to do. Beside a running agent, and without one.</summary>
internal static class DoctorCommand
{
    /// <summary>Where the service keeps its state: whoever runs the doctor has another home.</summary>
    private const string ServiceState = "/var/lib/edge-agent";
    private const int MaxMebibytes = 1 << 20;
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(TimeProvider clock)
    {
        var config = new Option<string?>("--config") { Description = $"Configuration file; default {AgentSettings.SystemFile}." };
        var state = new Option<string?>("--state") { Description = $"State directory; default: the configured one, or {ServiceState}." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var bundle = new Option<string?>("--bundle")
        {
            Description = "Also write an archive for support (.tar.gz), without personal data."
        };
        var probe = new Option<string?>("--ep-probe") { Description = "The ep-probe program; default: beside the agent." };
        var allocate = new Option<int>("--allocate")
        {
            Description = "MiB of device memory that ep-probe tries to take in one piece; default 512.",
            DefaultValueFactory = _ => 512
        };
        OptionValues.Limit(allocate, $"1..{MaxMebibytes}", n => n is >= 1 and <= MaxMebibytes);
        var command = new Command("doctor", "Check the device and say what to do. Exit code 1 when something has failed.")
        {
            config, state, json, bundle, probe, allocate
        };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var file = result.GetValue(config);
            var (settings, problems) = Load(file, result.GetValue(state));
            var scene = new DoctorScene(settings, file ?? AgentSettings.SystemFile, clock)
            {
                EpProbe = result.GetValue(probe),
                AllocateMebibytes = result.GetValue(allocate),
            };
            var findings = problems.Count > 0 ? Unusable(scene, problems)
                : await new Doctor(DoctorChecks.For(scene)).ExamineAsync(cancellationToken).ConfigureAwait(false);
            Print(findings, result.GetValue(json));
            if (result.GetValue(bundle) is { } path)
            {
                new SupportBundle(scene, new SupportScrubber(settings)).Write(path, findings);
                Console.Error.WriteLine($"edge-agent: wrote '{path}'; look into it before you send it: tar -tzf {path}");
            }
            if (!findings.Any(f => f.Finding.Severity == HealthSeverity.Failure)) return ExitCodes.Success;
            CommandErrors.Say(DoctorTable.Summary(findings));
            return ExitCodes.Failure;
        }));
        return command;
    }

    private static (AgentSettings Settings, IReadOnlyList<string> Problems) Load(string? file, string? state)
    {
        try
        {
            var settings = AgentSettings.Load(file, new Dictionary<string, string?> { ["StateDirectory"] = state });
            var isOurs = state is null && settings.StateDirectory == AgentSettings.DefaultState() && Directory.Exists(ServiceState);
            return (isOurs ? settings with { StateDirectory = ServiceState } : settings, []);
        }
        catch (SettingsException e)
        {
            return (new AgentSettings(), e.Problems);
        }
    }

    /// <summary>With a configuration that cannot be used nothing else can be judged.</summary>
    private static IReadOnlyList<DoctorFinding> Unusable(DoctorScene scene, IReadOnlyList<string> problems) =>
        [.. problems.Select(p => new DoctorFinding("configuration",
            new HealthFinding(HealthSeverity.Failure, p, $"correct it in {scene.ConfigurationFile}, then run the doctor again")
            {
                Why = "the service does not start"
            }))];

    private static void Print(IReadOnlyList<DoctorFinding> findings, bool isJson)
    {
        if (!isJson)
        {
            foreach (var line in DoctorTable.Lines(findings)) Console.WriteLine(line);
            return;
        }
        Console.WriteLine(new JsonObject
        {
            ["summary"] = DoctorTable.Summary(findings),
            ["findings"] = new JsonArray([.. findings.Select(f => (JsonNode)new JsonObject
            {
                ["check"] = f.Check,
                ["severity"] = f.Finding.Severity.ToString().ToLowerInvariant(),
                ["found"] = f.Finding.Found,
                ["why"] = f.Finding.Why,
                ["do"] = f.Finding.Remedy,
            })]),
        }.ToJsonString(Indented));
    }
}
