using System.Diagnostics;

namespace EdgeAgent.Tests.Cli;

/// <summary>The edge-agent executable as a user starts it.</summary>
internal static class AgentProcess
{
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "edge-agent.dll");

    public static ProcessStartInfo Info(params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8
        };
        info.Environment["EDGE_AGENT__Http__Listen"] = ""; // tests run side by side; those of HTTP give --http
        info.ArgumentList.Add(Executable);
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        return info;
    }

    public static async Task<(int Code, string Output, string Error)> RunAsync(string? input, params string[] arguments)
    {
        using var process = Process.Start(Info(arguments))!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
