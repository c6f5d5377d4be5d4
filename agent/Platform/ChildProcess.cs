using System.ComponentModel;
using System.Diagnostics;

namespace EdgeAgent.Platform;

/// <summary>Result of a child process.</summary>
/// <param name="Code">Exit code; null when it was killed.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="PeakMegabytes">Peak resident memory; 0 where it cannot be read.</param>
internal sealed record ChildResult(int? Code, string Output, string Error, double PeakMegabytes);

/// <summary>Runs this program, and others, as child processes: work whose crash must not end the parent.</summary>
internal static class ChildProcess
{
    /// <summary>Time between two looks at the child's memory.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a verb of this program; kills it at the timeout or when the caller cancels.</summary>
    /// <exception cref="IOException">The child did not start.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Task<ChildResult> RunSelfAsync(IReadOnlyList<string> arguments, TimeSpan timeout, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var self = Environment.ProcessPath ?? "";
        return Path.GetFileNameWithoutExtension(self) == "edge-agent"
            ? RunAsync(self, arguments, timeout, clock, cancellationToken)
            : RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "edge-agent.dll"), .. arguments], timeout, clock,
                cancellationToken);
    }

    /// <summary>Runs a program; kills it at the timeout or when the caller cancels.</summary>
    /// <exception cref="IOException">The child did not start.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static async Task<ChildResult> RunAsync(string program, IReadOnlyList<string> arguments, TimeSpan timeout, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var info = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true
        };
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        using var time = new CancellationTokenSource(timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        using var process = Start(info);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        double peak = 0;
        var exited = process.WaitForExitAsync(both.Token);
        while (!exited.IsCompleted)
        {
            peak = Math.Max(peak, PeakOf(process.Id));
            await Task.WhenAny(exited, Task.Delay(PollInterval, clock, CancellationToken.None)).ConfigureAwait(false);
        }
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return new ChildResult(null, await output.ConfigureAwait(false), await error.ConfigureAwait(false), peak);
        }
        return new ChildResult(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false), peak);
    }

    private static Process Start(ProcessStartInfo info)
    {
        try
        {
#pragma warning disable RS0030 // this is the one place that starts processes
            return Process.Start(info) ?? throw new IOException("the child process did not start");
#pragma warning restore RS0030
        }
        catch (Win32Exception e)
        {
            throw new IOException($"'{info.FileName}' did not start: {e.Message}", e);
        }
    }

    /// <summary>Peak resident memory (VmHWM of proc(5)) in megabytes; 0 where it cannot be read.</summary>
    private static double PeakOf(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is not null
                && double.TryParse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim(),
                    System.Globalization.CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes / 1024 : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
