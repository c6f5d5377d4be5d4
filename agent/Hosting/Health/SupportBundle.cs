using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Health;

/// <summary>
/// What support needs of a device, in one archive (tar, gzip): findings, settings that differ from the defaults, versions, the journal of
/// updates, the running agent's findings, the end of the logs. Everything passes <see cref="SupportScrubber"/>; keys, passwords, stored
/// answers and students are not in it.
/// </summary>
internal sealed class SupportBundle(DoctorScene scene, SupportScrubber scrubber)
{
    private const int MaxLogFiles = 5, MaxLogBytes = 1 << 20, MaxLineLength = 64 << 10;
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="path">The archive. Replaced where it exists; only its owner can read it.</param>
    /// <param name="findings">What the doctor found.</param>
    public void Write(string path, IReadOnlyList<DoctorFinding> findings)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        using var zip = new GZipStream(file, CompressionLevel.Optimal);
        using var tar = new TarWriter(zip, TarEntryFormat.Pax);
        void Add(string name, IEnumerable<string> lines) => tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"edge-agent/{name}")
        {
            DataStream = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n')),
            ModificationTime = scene.Clock.GetUtcNow(),
        });
        Add("findings.jsonl", findings.Select(f => scrubber.Line(JsonSerializer.Serialize(HealthLine.Of(f.Check, f.Finding),
            HealthJson.Default.HealthLine))));
        var settings = scrubber.Line(ConfigurationDump.Of(scene.Settings).ToJsonString());
        Add("configuration.json", [System.Text.Json.Nodes.JsonNode.Parse(settings)!.ToJsonString(Indented)]);
        Add("versions.txt", Versions());
        if (scene.Settings.StateDirectory.Length == 0) return;
        Add("updates.jsonl", AppendLog.Read(scene.Settings.JournalPath).Select(scrubber.Line));
        if (HealthFile.Read(scene.Settings.StateDirectory) is { } health)
            Add("health.json", [scrubber.Line(JsonSerializer.Serialize(health, HealthJson.Default.HealthFile))]);
        foreach (var log in Logs()) Add($"logs/{log.Name}", End(log.FullName).Select(scrubber.Line));
    }

    private IEnumerable<string> Versions()
    {
        yield return $"edge-agent {typeof(SupportBundle).Assembly.GetName().Version}";
        yield return $"ONNX Runtime {OnnxRuntimeLibrary.Version}";
        yield return $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, " +
            $"{Environment.ProcessorCount} cores";
        yield return RuntimeInformation.OSDescription;
        foreach (var file in new[] { "etc/os-release", "etc/nv_tegra_release" }.Select(scene.In).Where(File.Exists))
            foreach (var line in File.ReadLines(file).Take(20)) yield return line;
    }

    /// <summary>The newest log files, of the state directory and of systemd's.</summary>
    private IEnumerable<FileInfo> Logs() =>
        new[] { Path.Combine(scene.Settings.StateDirectory, "logs"), scene.In("var/log/edge-agent") }.Where(Directory.Exists)
            .SelectMany(d => new DirectoryInfo(d).GetFiles("*.jsonl")).OrderByDescending(f => f.LastWriteTimeUtc).Take(MaxLogFiles);

    /// <summary>The last whole lines of a file that is still being written.</summary>
    private static IEnumerable<string> End(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var isCut = stream.Length > MaxLogBytes;
        if (isCut) stream.Seek(-MaxLogBytes, SeekOrigin.End);
        using var reader = new StreamReader(stream);
        if (isCut) reader.ReadLine();
        // a line that is cut is no JSON any more, and its texts could hide behind escapes
        while (reader.ReadLine() is { } line)
            yield return line.Length <= MaxLineLength ? line : $"(a line of {line.Length} characters was left out)";
    }
}
