using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EdgeAgent.Platform;

/// <summary>How a child process ended.</summary>
internal enum ChildEnd { Exited, TimedOut, TookTooMuchMemory }

/// <summary>Result of a child process.</summary>
/// <param name="Code">Exit code; null when it was killed by us.</param>
/// <param name="Output">Standard output; of more than <see cref="ChildLimits.Output"/> characters the last ones.</param>
/// <param name="Error">Standard error, bounded likewise.</param>
/// <param name="PeakMegabytes">Peak resident memory; 0 where it cannot be read.</param>
internal sealed record ChildResult(int? Code, string Output, string Error, double PeakMegabytes)
{
    public ChildEnd End { get; init; }

    /// <summary>The last line of standard error: what a program says before it gives up.</summary>
    public string LastError =>
        Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } lines ? lines[^1] : "";
}

/// <summary>What is started.</summary>
internal sealed record ChildCommand(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>A verb of this program.</summary>
    public static ChildCommand Self(IReadOnlyList<string> arguments)
    {
        var self = Environment.ProcessPath ?? "";
        return Path.GetFileNameWithoutExtension(self) == "edge-agent" ? new ChildCommand(self, arguments)
            : new ChildCommand("dotnet", [Path.Combine(AppContext.BaseDirectory, "edge-agent.dll"), .. arguments]);
    }
}

/// <summary>What a child process may take before it is killed.</summary>
/// <param name="Timeout">Time.</param>
/// <param name="Megabytes">Resident memory; 0: as much as there is.</param>
internal sealed record ChildLimits(TimeSpan Timeout, double Megabytes = 0)
{
    /// <summary>Characters of standard output that are kept.</summary>
    public int Output { get; init; } = ChildProcess.MaxText;
}

/// <summary>Sees a child process while it runs.</summary>
/// <param name="Line">Gets each line of its standard output, of which at most <see cref="ChildProcess.MaxLine"/> characters.</param>
/// <param name="Tick">Gets its time and resident memory in MB, every tenth of a second.</param>
internal sealed record ChildWatch(Action<string> Line, Action<TimeSpan, double> Tick);

/// <summary>Runs child processes, for work whose crash must not end the parent.</summary>
internal static class ChildProcess
{
    /// <summary>Characters that are kept of an output, and of a line that is passed on.</summary>
    public const int MaxText = 1 << 20, MaxLine = 1 << 12;

    /// <summary>Time between two looks at the child's memory.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a verb of this program; kills it at the timeout or when the caller cancels.</summary>
    /// <exception cref="IOException">The child did not start.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Task<ChildResult> RunSelfAsync(IReadOnlyList<string> arguments, TimeSpan timeout, TimeProvider clock,
        CancellationToken cancellationToken) =>
        RunAsync(ChildCommand.Self(arguments), new ChildLimits(timeout), clock, null, cancellationToken);

    /// <summary>Runs a program; kills it with its own children at a limit or when the caller cancels.</summary>
    /// <exception cref="IOException">The child did not start.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static async Task<ChildResult> RunAsync(ChildCommand command, ChildLimits limits, TimeProvider clock, ChildWatch? watch,
        CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        using var time = new CancellationTokenSource(limits.Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        using var process = Start(command);
        process.StandardInput.Close();
        var output = ReadAsync(process.StandardOutput, limits.Output, watch?.Line);
        var error = ReadAsync(process.StandardError, MaxText, null);
        double peak = 0;
        var exited = process.WaitForExitAsync(both.Token);
        var isTooLarge = false;
        while (!exited.IsCompleted && !isTooLarge)
        {
            var (now, highest) = MemoryOf(process.Id);
            peak = Math.Max(peak, highest);
            isTooLarge = limits.Megabytes > 0 && highest > limits.Megabytes;
            watch?.Tick(clock.GetElapsedTime(start), now);
            if (!isTooLarge) await Task.WhenAny(exited, Task.Delay(PollInterval, clock, CancellationToken.None)).ConfigureAwait(false);
        }
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return new ChildResult(null, await output.ConfigureAwait(false), await error.ConfigureAwait(false), peak)
            {
                End = isTooLarge ? ChildEnd.TookTooMuchMemory : ChildEnd.TimedOut
            };
        }
        return new ChildResult(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false), peak);
    }

    private static Process Start(ChildCommand command)
    {
        var info = new ProcessStartInfo(command.File)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true
        };
        foreach (var argument in command.Arguments) info.ArgumentList.Add(argument);
        try
        {
#pragma warning disable RS0030 // this is the one place that starts processes
            return Process.Start(info) ?? throw new IOException("the child process did not start");
#pragma warning restore RS0030
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"the child process '{command.File}' did not start: {e.Message}", e);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, int max, Action<string>? line)
    {
        var (text, current, buffer) = (new StringBuilder(), new StringBuilder(), new char[4096]);
        while (await reader.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
        {
            text.Append(buffer, 0, count);
            if (text.Length > 2L * max) text.Remove(0, text.Length - max);
            for (var i = 0; i < count && line is not null; i++)
            {
                if (buffer[i] != '\n')
                {
                    if (current.Length < MaxLine) current.Append(buffer[i]);
                    continue;
                }
                line(current.ToString());
                current.Clear();
            }
        }
        return text.ToString(Math.Max(0, text.Length - max), Math.Min(text.Length, max));
    }

    /// <summary>Resident memory now and at its peak (VmRSS and VmHWM of proc(5)), in megabytes; 0 where it cannot be read.</summary>
    private static (double Now, double Peak) MemoryOf(int id)
    {
        try
        {
            var lines = TextFile.ReadUnchecked($"/proc/{id}/status").Split('\n');
            return (Megabytes(lines, "VmRSS:"), Megabytes(lines, "VmHWM:"));
        }
        catch (IOException)
        {
            return (0, 0);
        }
    }

    private static double Megabytes(string[] lines, string name)
    {
        var line = Array.Find(lines, l => l.StartsWith(name, StringComparison.Ordinal));
        return line is not null && double.TryParse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(),
            CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes / 1024 : 0;
    }
}
