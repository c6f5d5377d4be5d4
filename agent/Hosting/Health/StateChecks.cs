using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting.Health;

/// <summary>Where the settings come from, and what in them should be changed.</summary>
internal sealed class ConfigurationCheck(DoctorScene scene) : DoctorCheck("configuration")
{
    protected override IEnumerable<HealthFinding> Look() =>
        scene.Settings.Warnings.Count > 0
            ? scene.Settings.Warnings.Select(w => Warning(w, $"change it in {scene.ConfigurationFile}"))
            : [Good(File.Exists(scene.ConfigurationFile) ? $"'{scene.ConfigurationFile}' can be used"
                : $"there is no '{scene.ConfigurationFile}': everything is at its default")];
}

/// <summary>What the running agent says of itself: in its file, and on the state topic of its own broker.</summary>
internal sealed class RunningAgentCheck(DoctorScene scene) : IDoctorCheck
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public string Name => "agent";

    public async Task<IReadOnlyList<HealthFinding>> LookAsync(CancellationToken cancellationToken)
    {
        if (scene.Agent is not { } process)
            return [new HealthFinding(HealthSeverity.Skipped, "no agent uses this state directory", "sudo systemctl start edge-agent")];
        var file = HealthFile.Read(scene.Settings.StateDirectory);
        if (file?.Process != process)
            return [new HealthFinding(HealthSeverity.Warning, $"process {process} has not come to its health checks",
                "systemctl status edge-agent") { Why = "it is starting, or it hangs" }];
        var runs = $"process {process} runs; it last saw a change at {file.At:yyyy-MM-dd HH:mm} UTC";
        List<HealthFinding> findings = [new(HealthSeverity.Good, runs),
            .. file.Findings.Where(f => f.Severity > HealthSeverity.Skipped)
                .Select(f => new HealthFinding(f.Severity, $"{f.Check}: {f.Found}", f.Remedy) { Why = f.Why })];
        if (ConfiguredBrokers.Of(scene.Settings.Mqtt).Count == 0 && ConfiguredBrokers.Embedded(scene.Settings.Mqtt) is { } broker)
            findings.Add(await StateAsync(broker, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private async Task<HealthFinding> StateAsync(BrokerAddress broker, CancellationToken cancellationToken)
    {
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = scene.Settings.Mqtt;
        try
        {
            var client = await FleetClient.ConnectAsync(broker, $"doctor-{Identifiers.New(scene.Clock)}",
                (_, payload) => heard.TrySetResult(Encoding.UTF8.GetString(payload.Span)), cancellationToken).ConfigureAwait(false);
            await using (client.ConfigureAwait(false))
            {
                await client.SubscribeAsync(new Topics(options.Site, options.Device).State, cancellationToken).ConfigureAwait(false);
                var state = await heard.Task.WaitAsync(Timeout, scene.Clock, cancellationToken).ConfigureAwait(false);
                return Judge(state);
            }
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            return new HealthFinding(HealthSeverity.Skipped, $"its state topic was not read: {e.Message}");
        }
    }

    /// <param name="state">The payload of the state topic.</param>
    internal static HealthFinding Judge(string state)
    {
        try
        {
            using var document = JsonDocument.Parse(state);
            var root = document.RootElement;
            string Text(string name) => root.TryGetProperty(name, out var value) ? value.ToString() : "";
            return root.TryGetProperty("online", out var online) && online.ValueKind == JsonValueKind.True
                ? new HealthFinding(HealthSeverity.Good,
                    $"online; {Text("model")} {Text("version")} on {Text("provider")}, agent {Text("agent")}")
                : new HealthFinding(HealthSeverity.Failure, "it says offline on its own broker", "sudo systemctl restart edge-agent");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new HealthFinding(HealthSeverity.Warning, "somebody else wrote to its state topic");
        }
    }
}

/// <summary>Whether the state directory is there and can be written, and what of it was set aside as damaged.</summary>
internal sealed class StateCheck(DoctorScene scene) : DoctorCheck("state")
{
    private const string SetAside = ".corrupt";

    protected override IEnumerable<HealthFinding> Look()
    {
        var state = scene.Settings.StateDirectory;
        if (state.Length == 0) return [Warning("no state directory", "set StateDirectory", "answers and updates are not kept")];
        if (!Directory.Exists(state))
            return [Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(state))) ? Good($"'{state}' is made at the first start")
                : Warning($"'{state}' does not exist, nor the directory above it", $"sudo mkdir -p {state}")];
        if (FileSystemRoom.Of(state) is { IsReadOnly: true })
            return [Failure($"'{state}' is mounted read-only", $"sudo mount -o remount,rw $(findmnt -no TARGET -T {state})",
                "answers are served; corrections, ratings and updates are not kept")];
        var aside = Directory.GetFileSystemEntries(state, "*", SearchOption.AllDirectories)
            .Where(p => Path.GetFileName(p).Contains(SetAside, StringComparison.Ordinal)).ToList();
        return [aside.Count == 0 ? Good($"'{state}' is there")
            : Warning($"set aside as damaged: {string.Join(", ", aside)}", $"sudo rm {string.Join(' ', aside)}",
                "import curated answers again if they are missing")];
    }
}

/// <summary>Whether secrets are secret, and whether only root changes what is trusted.</summary>
internal sealed class PermissionCheck(DoctorScene scene) : DoctorCheck("permissions")
{
    private const UnixFileMode OthersRead = UnixFileMode.OtherRead, GroupRead = UnixFileMode.GroupRead,
        OthersWrite = UnixFileMode.OtherWrite, OthersEnter = UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    protected override IEnumerable<HealthFinding> Look()
    {
        if (OperatingSystem.IsWindows()) return [Skipped("not on this system")];
        var settings = scene.Settings;
        List<HealthFinding> findings = [];
        foreach (var secret in new[] { settings.Mqtt.PasswordFile, settings.Mqtt.KeyFile, settings.Privacy.KeyFile })
            if (Mode(secret) is { } mode && (mode & (OthersRead | GroupRead)) != 0)
                findings.Add((mode & OthersRead) != 0
                    ? Failure($"everybody on this machine can read the secret '{secret}'", $"sudo chmod 600 {secret}",
                        "whoever has it can pass for this device")
                    : Warning($"a group can read the secret '{secret}'", $"sudo chmod 600 {secret}"));
        foreach (var trusted in new[] { scene.ConfigurationFile, settings.Updates.Keys })
            if (Mode(trusted) is { } mode && (mode & OthersWrite) != 0)
                findings.Add(Failure($"everybody on this machine can change '{trusted}'", $"sudo chmod o-w {trusted}",
                    "it decides which students are trusted"));
        if (Mode(settings.StateDirectory) is { } state && (state & OthersEnter) != 0)
            findings.Add(Warning($"everybody on this machine can look into '{settings.StateDirectory}'",
                $"sudo chmod o-rx {settings.StateDirectory}", "stored answers and logs are the plant's own"));
        return findings.Count > 0 ? findings : [Good("secrets are secret, and only their owner changes keys and configuration")];
    }

    /// <summary>Null for what is not there; a link counts as what it leads to.</summary>
    private static UnixFileMode? Mode(string path)
    {
        if (OperatingSystem.IsWindows() || path.Length == 0 || !Path.Exists(path)) return null;
        return File.GetUnixFileMode(new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path);
    }
}

/// <summary>How the last update ended.</summary>
internal sealed class UpdateCheck(DoctorScene scene) : DoctorCheck("last update")
{
    protected override IEnumerable<HealthFinding> Look()
    {
        if (!scene.Settings.Updates.Enabled) return [Skipped("Updates:Enabled is false")];
        var path = scene.Settings.JournalPath;
        var lines = scene.Settings.StateDirectory.Length == 0 ? [] : AppendLog.Read(path);
        if (lines.Count == 0)
            return [File.Exists(path) && new FileInfo(path).Length > 0
                ? Warning($"the journal '{path}' is damaged from its beginning", "nothing to do: the next start begins a new one",
                    "commands that were done are not remembered")
                : Good("none yet")];
        if (JsonSerializer.Deserialize(lines[^1], UpdateJson.Default.UpdateRecord) is not { } last) return [Good("none yet")];
        var reason = $"{(last.Reason is { } r ? $", {r}" : "")}{(last.Detail is { } d ? $" ({d})" : "")}";
        var says = string.Create(CultureInfo.InvariantCulture, $"{last.Id}: {last.State}{reason}, {last.UpdatedAt:yyyy-MM-dd HH:mm}");
        return [last.State switch
        {
            UpdateState.Failed or UpdateState.RolledBack => Warning(says, "docs/operate/updates.md says what each reason means",
                "the student from before serves"),
            _ when !last.IsOver && last.NextRetry is not null => Warning(says, "wait, or end the cause that it names"),
            _ => Good(says),
        }];
    }
}
