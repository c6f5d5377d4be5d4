using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Hosting.Health;

/// <summary>The archive for support holds what support needs, and nothing personal or secret, wherever it stood.</summary>
public sealed class SupportBundleTests : IDisposable
{
    private const string Id = "110105199003078270", Phone = "13812345678", Mail = "li.wei@example.com", Name = "王小明",
        Secret = "Canary-Passw0rd-77", Token = "canaryToken123";
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private AgentSettings Settings()
    {
        File.WriteAllText(_root.File("password"), Secret + "\n");
        var state = Directory.CreateDirectory(_root.File("state")).FullName;
        var personal = $"员工{Name}身份证{Id} phone {Phone} {Mail} {Secret}";
        Directory.CreateDirectory(Path.Combine(state, "logs"));
        File.WriteAllLines(Path.Combine(state, "logs", "edge-agent-20261128.jsonl"),
            [new JsonObject
            {
                ["@mt"] = "Kept {Words}",
                ["Words"] = personal,
                ["Nested"] = new JsonObject { ["a"] = new JsonArray(personal) }
            }.ToJsonString(), $"a broken line with {personal}"]);
        using (var journal = new UpdateJournal(Path.Combine(state, "updates", "journal.log")))
            journal.Add(new UpdateRecord("u1", new UpdateCommand
            {
                Bundle = new string('2', 64),
                Url = $"https://files.plant/bundle?token={Token}"
            }, UpdateState.Failed)
            { Detail = $"GET https://files.plant/bundle?token={Token}: {personal}" });
        new HealthFile(DateTimeOffset.UnixEpoch, 1, [new HealthLine("x", HealthSeverity.Failure, personal)]).TryWrite(state);
        return new AgentSettings
        {
            StateDirectory = state,
            Mqtt = new MqttOptions { Username = "cell-12", PasswordFile = _root.File("password"), Broker = "mqtts://10.0.0.7:8883" },
            Answers = new EdgeAgent.Answers.AnswerOptions { Preset = $"Ask {Name} {Mail}" },
            Privacy = new PrivacyOptions { Enabled = false, Allow = [Name] },
        };
    }

    [Fact]
    public void Write_CanariesEverywhere_NoneIsInTheArchive()
    {
        var settings = Settings();
        var scene = new DoctorScene(settings, _root.File("agent.json"), TimeProvider.System) { Root = _root.Path };
        var path = _root.File("support.tar.gz");
        new SupportBundle(scene, new SupportScrubber(settings)).Write(path,
            [new DoctorFinding("x", new HealthFinding(HealthSeverity.Failure, $"{Id} {Secret} at 10.0.0.7"))]);
        var files = Read(path);
        Assert.Equal(["configuration.json", "findings.jsonl", "health.json", "logs/edge-agent-20261128.jsonl", "updates.jsonl",
            "versions.txt"], files.Keys.Select(k => k["edge-agent/".Length..]).Order(StringComparer.Ordinal));
        var all = string.Concat(files.Values);
        foreach (var canary in new[] { Id, Phone, Mail, Name, Secret, Token }) Assert.DoesNotContain(canary, all, StringComparison.Ordinal);
        // what support looks for is there
        foreach (var kept in new[] { "10.0.0.7", "cell-12", "https://files.plant/bundle?***", "Kept {Words}", "u1" })
            Assert.Contains(kept, all, StringComparison.Ordinal);
        Assert.All(files["edge-agent/updates.jsonl"].Split('\n', StringSplitOptions.RemoveEmptyEntries), l => JsonNode.Parse(l));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Write_LongLog_KeepsItsEnd()
    {
        var settings = Settings();
        File.WriteAllLines(Path.Combine(settings.StateDirectory, "logs", "long.jsonl"),
            Enumerable.Range(0, 60_000).Select(i => $"{{\"n\":{i},\"text\":\"plain\"}}"));
        var scene = new DoctorScene(settings, "x", TimeProvider.System) { Root = _root.Path };
        new SupportBundle(scene, new SupportScrubber(settings)).Write(_root.File("b"), []);
        var log = Read(_root.File("b"))["edge-agent/logs/long.jsonl"];
        Assert.InRange(log.Length, 900_000, 1_100_000);
        Assert.EndsWith("{\"n\":59999,\"text\":\"plain\"}\n", log, StringComparison.Ordinal);
        Assert.StartsWith("{\"n\":", log, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Read(string path)
    {
        var files = new Dictionary<string, string>();
        using var zip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var tar = new TarReader(zip);
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            using var reader = new StreamReader(entry.DataStream!);
            files[entry.Name] = reader.ReadToEnd();
        }
        return files;
    }
}
