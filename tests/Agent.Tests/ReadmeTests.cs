using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using EdgeAgent.Tests.Cli;

namespace EdgeAgent.Tests;

/// <summary>The README's commands, run as they stand. A block is left out only where a comment above it says why.</summary>
public sealed partial class ReadmeTests
{
    [GeneratedRegex(@"(?:<!-- (?<note>.*?) -->\n)?```sh\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block { get; }

    private static List<(string Note, string Code)> Blocks() =>
        [.. Block.Matches(File.ReadAllText(Path.Combine(SharedData.Repository, "README.md")))
            .Select(m => (m.Groups["note"].Value, m.Groups["code"].Value))];

    [Fact]
    public async Task Readme_EveryCommandThatCanBeRun_Works()
    {
        var run = Blocks().Where(b => b.Note.Length == 0).ToList();
        Assert.True(run.Count >= 2);
        foreach (var (_, code) in run) await ShellAsync(code);
    }

    [Fact]
    public async Task Readme_AskBlock_WorksAgainstARunningAgent()
    {
        if (Mqtt.Mosquitto.Find("mosquitto_rr") is null) Assert.Skip("mosquitto_rr is not installed");
        var (_, code) = Assert.Single(Blocks(), b => b.Note == "run by the tests against a running agent");
        await using var agent = await AgentFixture.StartAsync();
        var output =
            await ShellAsync(code.Replace("1883", agent.Broker.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        Assert.Equal(3, Regex.Count(output, "SP-14:|RB-12:"));
    }

    [Fact]
    public void Readme_BlocksNotRun_SayWhy() =>
        Assert.All(Blocks().Where(b => b.Note.Length > 0 && !b.Note.StartsWith("run by", StringComparison.Ordinal)),
            b => Assert.StartsWith("not run by the tests", b.Note, StringComparison.Ordinal));

    [Fact]
    public void Readme_LinksAndScripts_Exist()
    {
        var text = File.ReadAllText(Path.Combine(SharedData.Repository, "README.md"));
        foreach (Match link in Regex.Matches(text, @"\]\(([^)#:]+)\)"))
            Assert.True(Path.Exists(Path.Combine(SharedData.Repository, link.Groups[1].Value)), link.Value);
        foreach (var script in new[] { "tests/run", "build-arm64.sh", "tests/e2e/arm64-demo.sh", ".ci/run" })
            Assert.True(!OperatingSystem.IsWindows()
                && (File.GetUnixFileMode(Path.Combine(SharedData.Repository, script)) & UnixFileMode.UserExecute) != 0, script);
    }

    private static async Task<string> ShellAsync(string code)
    {
        using var bin = new TemporaryDirectory();
        var shim = bin.File("edge-agent");
        File.WriteAllText(shim, $"#!/bin/sh\nexec dotnet '{AgentProcess.Executable}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(shim, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        code = code.Replace("dotnet run --project agent -c Release --", "edge-agent", StringComparison.Ordinal);
        var info = new ProcessStartInfo("bash", ["-eu", "-o", "pipefail", "-c", code])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = SharedData.Repository,
            StandardOutputEncoding = System.Text.Encoding.UTF8
        };
        info.Environment["PATH"] = $"{bin.Path}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(info)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode} of:\n{code}\n{await error}");
        return output;
    }
}
