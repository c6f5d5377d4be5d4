using System.Text.Json.Nodes;
using EdgeAgent.Cli;
using EdgeAgent.Mqtt.Broker;

namespace EdgeAgent.Tests.Cli;

public sealed class BrokerCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => FlowConsole.RunAsync("", () =>
        EntryPoint.RunAsync(["broker", .. arguments, "--file", _directory.File("users")], TimeProvider.System,
            TestContext.Current.CancellationToken));

    private string Secret(string text)
    {
        var path = _directory.File("secret");
        File.WriteAllText(path, text + "\n");
        return path;
    }

    [Fact]
    public async Task Passwd_MakesChangesAndRemovesUsers()
    {
        var (code, output, error) = await RunAsync("users");
        Assert.True(code == 0 && output.StartsWith("no users", StringComparison.Ordinal), error);
        Assert.Equal(0, (await RunAsync("passwd", "hmi-7", "--password-file", Secret("first-word"))).Code);
        Assert.Equal(0, (await RunAsync("passwd", "boss", "--role", "fleet", "--password-file", Secret("other-word"))).Code);
        (_, output, _) = await RunAsync("users", "--json");
        Assert.Equal("boss fleet, hmi-7 terminal",
            string.Join(", ", JsonNode.Parse(output)!.AsArray().Select(u => $"{u!["user"]} {u["role"]}")));
        // a new password keeps the role
        Assert.Equal(0, (await RunAsync("passwd", "boss", "--password-file", Secret("third-word"))).Code);
        var boss = UserFile.Load(_directory.File("users"))["boss"];
        Assert.True(boss.Role == BrokerRole.Fleet && boss.Password.Matches("third-word"u8) && !boss.Password.Matches("other-word"u8));
        (code, output, _) = await RunAsync("passwd", "hmi-7", "--remove");
        Assert.True(code == 0 && output.Contains("removed", StringComparison.Ordinal));
        Assert.Equal(["boss"], UserFile.Load(_directory.File("users")).Keys);
    }

    [Theory]
    [InlineData("hmi/7", "terminal", "long-enough", "a user is a name")]
    [InlineData("hmi-7", "agent", "long-enough", "--role must be one of terminal, fleet, kiosk, viewer, found 'agent'")]
    [InlineData("hmi-7", "terminal", "short", "a password has 8..256 bytes, found 5")]
    public async Task Passwd_WrongNameRoleOrPassword_IsRefused(string name, string role, string password, string words)
    {
        var (code, _, error) = await RunAsync("passwd", name, "--role", role, "--password-file", Secret(password));
        Assert.Equal(2, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.File("users")));
    }

    [Fact]
    public async Task Run_BeyondLoopbackWithoutUsers_IsRefusedWithAdvice()
    {
        var (code, _, error) = await AgentProcess.RunAsync(null, "run", "--listen", "0.0.0.0:0", "--state", _directory.Path);
        Assert.Equal(2, code);
        Assert.Contains("beyond this machine: it has no users and no TLS", error, StringComparison.Ordinal);
        Assert.Contains("edge-agent broker passwd", error, StringComparison.Ordinal);
    }
}
