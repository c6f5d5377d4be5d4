using EdgeAgent.Cli;

namespace EdgeAgent.Tests.Cli;

public sealed class CommandLineTests
{
    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        FlowConsole.RunAsync("", () => CommandLine.RunAsync(arguments, TimeProvider.System));

    /// <summary>The hint names the command with all its parents; typed as told, it prints that command's help.</summary>
    [Theory]
    [InlineData("edge-agent model import", "model", "import", "--nope")]
    [InlineData("edge-agent thermal replay", "thermal", "replay", "x.csv")]
    [InlineData("edge-agent model sign key", "model", "sign", "key")]
    [InlineData("edge-agent fleet", "fleet")]
    [InlineData("edge-agent", "bogus")]
    public async Task Run_UsageError_HintNamesTheCommand(string command, params string[] arguments)
    {
        var (code, _, error) = await RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.EndsWith($"edge-agent: see '{command} --help'\n", error, StringComparison.Ordinal);
        var (helpCode, help, _) = await RunAsync([.. command.Split(' ')[1..], "--help"]);
        Assert.Equal(0, helpCode);
        Assert.Contains(command["edge-agent".Length..], help, StringComparison.Ordinal);
    }

    /// <summary>A question that begins with '@' is a question, and no file of arguments.</summary>
    [Fact]
    public async Task Run_QuestionWithAnAt_IsAsked()
    {
        var (code, _, error) = await RunAsync("ask", "@all what does SP-14 mean?", "--broker", "mqtt://127.0.0.1:1");
        Assert.Equal(1, code);
        Assert.Contains("cannot reach the broker", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Fail_UnknownException_IsOneSentenceWithoutItsMessage()
    {
        var (code, _, error) = FlowConsole.RunAsync("", () => CommandErrors.RunAsync(() =>
            throw new InvalidOperationException("13812345678"))).GetAwaiter().GetResult();
        Assert.Equal(1, code);
        Assert.StartsWith("edge-agent: an internal error, InvalidOperationException", error, StringComparison.Ordinal);
        Assert.DoesNotContain("138", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }
}
