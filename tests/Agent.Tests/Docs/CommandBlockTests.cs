using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EdgeAgent.Tests.Cli;

namespace EdgeAgent.Tests.Docs;

/// <summary>
/// The documentation's commands, run as they stand. A block is left out only where a comment above it says why. Blocks run in a
/// temporary directory that sees the repository's folders, so that files they write do not end up in the checkout.
/// </summary>
public sealed class CommandBlockTests
{
    private const string AgainstAgent = "run by the tests against a running agent";
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    private static IEnumerable<MarkdownPage> Pages =>
        MarkdownPage.All().Where(p => p.Path == "README.md" || p.Path.StartsWith("docs/", StringComparison.Ordinal));

    private static IEnumerable<CodeBlock> Shell(MarkdownPage page) => page.Blocks.Where(b => b.Language is "sh" or "bash");

    public static TheoryData<string> PagesWithCommands =>
        [.. Pages.Where(p => Shell(p).Any(b => b.Note.Length == 0)).Select(p => p.Path)];

    public static TheoryData<string> PagesWithQueries =>
        [.. Pages.Where(p => Shell(p).Any(b => b.Note == AgainstAgent)).Select(p => p.Path)];

    [Theory]
    [MemberData(nameof(PagesWithCommands))]
    public async Task Page_CommandsWithoutANote_Succeed(string page)
    {
        foreach (var block in Shell(MarkdownPage.Load(page)).Where(b => b.Note.Length == 0)) await RunAsync(block.Code);
    }

    [Theory]
    [MemberData(nameof(PagesWithQueries))]
    public async Task Page_QueriesAgainstARunningAgent_GetTheirAnswers(string page)
    {
        if (Mqtt.Mosquitto.Find("mosquitto_rr") is null) Assert.Skip("mosquitto_rr is not installed");
        await using var agent = await AgentFixture.StartAsync();
        var port = agent.Broker.Port.ToString(CultureInfo.InvariantCulture);
        foreach (var block in Shell(MarkdownPage.Load(page)).Where(b => b.Note == AgainstAgent))
        {
            var output = await RunAsync(block.Code.Replace("1883", port, StringComparison.Ordinal));
            var asked = Regex.Count(block.Code, "^(edge-agent ask|mosquitto_rr|mosquitto_pub .*/query)", RegexOptions.Multiline);
            Assert.True(asked > 0, block.Code);
            Assert.True(asked == Regex.Count(output, "SP-14:|RB-12:"), $"{asked} answers expected of:\n{block.Code}\nfound:\n{output}");
        }
    }

    [Fact]
    public void Pages_HaveCommandsThatRun()
    {
        Assert.Contains("README.md", PagesWithCommands.Select(d => d.Data));
        Assert.Contains("docs/start/first-question.md", PagesWithQueries.Select(d => d.Data));
        Assert.True(PagesWithCommands.Count >= 5, $"only {PagesWithCommands.Count} pages have commands that run");
    }

    [Fact]
    public void Pages_BlocksThatAreNotRun_SayWhy() =>
        Assert.All(Pages.SelectMany(Shell).Where(b => b.Note.Length > 0 && b.Note != AgainstAgent),
            b => Assert.Matches("^not run by the tests( as it stands)?: .+", b.Note));

    private static async Task<string> RunAsync(string code)
    {
        using var work = new TemporaryDirectory();
        foreach (var folder in new[] { "agent", "provisioning", "tests" })
            Directory.CreateSymbolicLink(work.File(folder), Path.Combine(SharedData.Repository, folder));
        var bin = Directory.CreateDirectory(work.File("bin")).FullName;
        var shim = Path.Combine(bin, "edge-agent");
        File.WriteAllText(shim, $"#!/bin/sh\nexec dotnet '{AgentProcess.Executable}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(shim, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        code = code.Replace("dotnet run --project agent -c Release --", "edge-agent", StringComparison.Ordinal);
        var info = new ProcessStartInfo("bash", ["-eu", "-o", "pipefail", "-c", code])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = work.Path,
            StandardOutputEncoding = Encoding.UTF8
        };
        info.Environment["PATH"] = $"{bin}:{Environment.GetEnvironmentVariable("PATH")}";
        info.Environment["XDG_STATE_HOME"] = work.File("state");
        using var process = Process.Start(info)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Timeout);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Timeout);
            Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode} of:\n{code}\n{output}\n{await error}");
            return output;
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
