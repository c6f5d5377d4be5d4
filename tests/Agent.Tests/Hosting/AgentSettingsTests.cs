using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Hosting;

public sealed class AgentSettingsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private AgentSettings Load(string json, Dictionary<string, string?>? flags = null)
    {
        File.WriteAllText(_directory.File("agent.json"), json);
        return AgentSettings.Load(_directory.File("agent.json"), flags ?? []);
    }

    [Fact]
    public void Load_FileThenFlags_FlagsWin()
    {
        var settings = Load("""{"Mqtt":{"Site":"plant-a","Device":"d1"},"Student":{"Rows":3},"StateDirectory":"/var/x"}""",
            new() { ["Mqtt:Device"] = "d2", ["Mqtt:Site"] = null });
        Assert.Equal(("plant-a", "d2", 3, "/var/x"),
            (settings.Mqtt.Site, settings.Mqtt.Device, settings.Student.Rows, settings.StateDirectory));
    }

    [Theory]
    [InlineData("""{"Student":{"Rows":0}}""", "Student:Rows must be 1..64, found 0")]
    [InlineData("""{"Student":{"Require":"Quantum"}}""", "Student:Require must be one of Cpu, Cuda, TensorRT, found 'Quantum'")]
    [InlineData("""{"Student":{"Providers":["Cpu","7"]}}""", "Student:Providers:1 must be one of")]
    [InlineData("""{"Mqtt":{"Broker":"http://x"}}""", "Mqtt:Broker must be mqtt://host[:port]")]
    [InlineData("""{"Mqtt":{"Broker":"mqtt://user:secret@x"}}""", "Mqtt:Broker must be")]
    [InlineData("""{"Mqtt":{"Listen":"nowhere"}}""", "Mqtt:Listen must be ADDRESS:PORT, found 'nowhere'")]
    [InlineData("""{"Mqtt":{"Site":"a/b"}}""", "Mqtt:Site must be")]
    [InlineData("""{"Mqtt":{"Device":"any"}}""", "and not 'any'")]
    [InlineData("""{"Mqtt":{"PasswordFile":"/does/not/exist"}}""", "Mqtt:PasswordFile must be an existing file")]
    [InlineData("""{"Queries":{"MaxPayloadBytes":99}}""", "Queries:MaxPayloadBytes must be 1024..1048576, found 99")]
    [InlineData("""{"Queries":{"ReplyPrefixes":["a/+/"]}}""", "ReplyPrefixes must be topic prefixes")]
    [InlineData("""{"Logs":{"Level":"Loud"}}""", "Logs:Level must be one of")]
    [InlineData("""{"Queries":{"MaxTokens":"many"}}""", "Queries:MaxTokens")]
    [InlineData("""{"Mqt":{"Site":"x"}}""", "Mqt")]
    [InlineData("""{"Mqtt":{"Sitte":"x"}}""", "Sitte")]
    [InlineData("""{ nope""", "agent.json")]
    public void Load_Wrong_NamesTheKeyTheValueAndWhatIsAllowed(string json, string said) =>
        Assert.Contains(said, Assert.Throws<SettingsException>(() => Load(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_FileOfAnotherEncoding_IsRefusedWithTheLine()
    {
        File.WriteAllBytes(_directory.File("agent.json"), [.. "{\"Mqtt\":\n{\"Site\":\""u8, 0xB3, 0xB5, 0xBC, 0xE4, .. "\"}}"u8]);
        Assert.Contains("agent.json: expected UTF-8 text; found the byte 0xB3 in line 2 (GBK?)", Assert.Throws<SettingsException>(() =>
            AgentSettings.Load(_directory.File("agent.json"), new Dictionary<string, string?>())).Message, StringComparison.Ordinal);
    }

    /// <summary>As <c>--config &lt;(command)</c> of a shell gives it: it can be read once.</summary>
    [Fact]
    public async Task Load_Pipe_IsRead()
    {
        var pipe = _directory.File("agent.pipe");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", pipe)) await mkfifo.WaitForExitAsync();
        var load = Task.Run(() => AgentSettings.Load(pipe, new Dictionary<string, string?>()));
        await File.WriteAllTextAsync(pipe, """{"Mqtt":{"Site":"plant-a"}}""");
        Assert.Equal("plant-a", (await load.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken)).Mqtt.Site);
    }

    [Fact]
    public void Load_SeveralProblems_ReportsThemAll() =>
        Assert.Equal(2, Assert.Throws<SettingsException>(() => Load("""{"Student":{"Rows":0,"Chunk":0}}""")).Problems.Count);

    [Fact]
    public void Load_ConfigMissing_IsAnError() =>
        Assert.Throws<SettingsException>(() => AgentSettings.Load("/does/not/exist.json", new Dictionary<string, string?>()));

    [Fact]
    public void Student_RequiredProviderMissing_DoesNotLoad()
    {
        var settings = new StudentSettings { Require = ExecutionProvider.TensorRT };
        Assert.Throws<ExecutionProviderException>(() =>
            Student.Load(Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent), settings.ToOptions(),
                TimeProvider.System, NullLogger.Instance));
    }
}
