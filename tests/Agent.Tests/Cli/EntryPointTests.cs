using EdgeAgent.Cli;

namespace EdgeAgent.Tests.Cli;

public sealed class EntryPointTests
{
    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        FlowConsole.RunAsync("", () => EntryPoint.RunAsync(arguments, TimeProvider.System));

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
    public async Task Fail_UnknownException_IsOneSentenceWithoutItsMessage()
    {
        var (code, _, error) = await FlowConsole.RunAsync("", () => CommandErrors.RunAsync(() =>
            throw new InvalidOperationException("13812345678")));
        Assert.Equal(1, code);
        Assert.StartsWith("edge-agent: an internal error, InvalidOperationException", error, StringComparison.Ordinal);
        Assert.DoesNotContain("138", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    /// <summary>The reader of a pipe has gone: the verb ends by itself and without a word.</summary>
    [Fact]
    public async Task Run_BrokenPipe_EndsQuietly()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("needs a shell's pipe");
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/bash",
            ["-c", "dotnet \"$0\" bench --help | true; echo ${PIPESTATUS[0]}", AgentProcess.Executable])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var code = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains(code.Trim(), new[] { "0", "1" });
        Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
    }
}
