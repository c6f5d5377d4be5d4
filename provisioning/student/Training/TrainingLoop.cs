using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace EdgeAgent.Lab;

/// <summary>Takes steps up to a number, with progress, checkpoints and a stop on Ctrl-C or SIGTERM. Resumes where it was stopped.</summary>
internal sealed class TrainingLoop(StudentNet net, AdamW optimizer, string checkpoint)
{
    private const int SaveEvery = 50, PrintEvery = 10;

    public List<(int Step, double Loss)> Losses { get; } = [];
    public long Tokens { get; private set; }
    public TimeSpan Took { get; private set; }

    /// <param name="rows">The batch of a step; the same for the same step. A step without sequences is skipped.</param>
    /// <exception cref="OperationCanceledException">Ctrl-C or SIGTERM; the checkpoint is written.</exception>
    public void Run(string name, int steps, Func<int, IReadOnlyList<Row>> rows)
    {
        optimizer.Load(checkpoint);
        var before = optimizer.Step;
        var clock = Stopwatch.StartNew();
        var step = new TrainingStep(net, optimizer);
        using var stop = new CancelSignal();
        while (optimizer.Step < steps)
        {
            var batch = rows(optimizer.Step);
            if (batch.Count == 0)
            {
                optimizer.Skip();
                continue;
            }
            var (loss, tokens) = step.Take(batch);
            Tokens += tokens;
            if (optimizer.Step % PrintEvery == 0 || optimizer.Step == steps)
            {
                Losses.Add((optimizer.Step, loss));
                var note = string.Create(CultureInfo.InvariantCulture,
                    $"loss {loss:F4}, {Tokens / clock.Elapsed.TotalSeconds:F0} tokens/s");
                Screen.Progress(ProgressLine.Of(name, optimizer.Step, steps, before, clock.Elapsed, note));
            }
            if (optimizer.Step % SaveEvery == 0 || optimizer.Step == steps || stop.IsSet) optimizer.Save(checkpoint);
            if (stop.IsSet) throw new OperationCanceledException($"stopped at step {optimizer.Step}; the same command goes on from there");
        }
        Took = clock.Elapsed;
        Screen.EndLine();
    }
}

/// <summary>Set by Ctrl-C or SIGTERM, which then do not end the process.</summary>
internal sealed class CancelSignal : IDisposable
{
    private readonly PosixSignalRegistration _interrupt, _terminate;
    private volatile bool _isSet;

    public CancelSignal() => (_interrupt, _terminate) =
        (PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));

    public bool IsSet => _isSet;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
    }

    private void OnSignal(PosixSignalContext signal) => signal.Cancel = _isSet = true;
}

/// <summary>Progress that stays on one line of a terminal, and is a line each in a file.</summary>
internal static class Screen
{
    public static void Progress(string line)
    {
        if (Console.IsOutputRedirected) Console.WriteLine(line);
        else Console.Write($"\r{line}\u001b[K");
    }

    public static void EndLine()
    {
        if (!Console.IsOutputRedirected) Console.WriteLine();
    }
}
