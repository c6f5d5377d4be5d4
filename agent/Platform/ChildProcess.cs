using System.Diagnostics;

namespace EdgeAgent.Platform;

/// <summary>Result of a child process.</summary>
/// <param name="Code">Exit code; null when it was killed.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="PeakMegabytes">Peak resident memory; 0 where it cannot be read.</param>
internal sealed record ChildResult(int? Code, string Output, string Error, double PeakMegabytes);

/// <summary>Runs this program as a child process, for work whose crash must not end the parent.</summary>
internal static class ChildProcess
{
    /// <summary>Time between two looks at the child's memory.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a verb of this program; kills it at the timeout, beyond its memory, or when the caller cancels.</summary>
    /// <param name="maxMegabytes">Resident memory it may take.</param>
    /// <exception cref="IOException">The child did not start.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static async Task<ChildResult> RunSelfAsync(IReadOnlyList<string> arguments, TimeSpan timeout, TimeProvider clock,
        CancellationToken cancellationToken, double maxMegabytes = double.PositiveInfinity)
    {
        var self = Environment.ProcessPath ?? "";
        var isOurs = Path.GetFileNameWithoutExtension(self) == "edge-agent";
        var info = new ProcessStartInfo(isOurs ? self : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true
        };
        if (!isOurs) info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "edge-agent.dll"));
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        using var time = new CancellationTokenSource(timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
#pragma warning disable RS0030 // this is the one place that starts processes
        using var process = Process.Start(info) ?? throw new IOException("the child process did not start");
#pragma warning restore RS0030
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        double peak = 0;
        var exited = process.WaitForExitAsync(both.Token);
        while (!exited.IsCompleted)
        {
            peak = Math.Max(peak, PeakOf(process.Id));
            if (peak > maxMegabytes) await both.CancelAsync().ConfigureAwait(false);
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
