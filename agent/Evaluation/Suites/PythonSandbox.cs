using System.Globalization;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>How a program ended in the sandbox.</summary>
internal enum ProgramEnd { Passed, Failed, TimedOut }

/// <summary>
/// Runs programs that a student wrote: each in a process of its own, in an empty folder that is removed, without this process's
/// environment, with limits of time, memory and file size (prlimit), and without network where the kernel lets a user have a network
/// namespace. It does not hide the files that every user of this machine may read.
/// </summary>
internal sealed class PythonSandbox
{
    /// <summary>Address space, bytes; processor time, s; largest file, bytes.</summary>
    private const long MaxMemory = 1L << 30, MaxSeconds = 10, MaxFile = 1 << 20;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15), ProbeTimeout = TimeSpan.FromSeconds(20);

    private readonly string _python;
    private readonly TimeProvider _clock;

    private PythonSandbox(string python, bool hasNetwork, TimeProvider clock) =>
        (_python, HasNetwork, _clock) = (python, hasNetwork, clock);

    /// <summary>Whether programs reach the network, since this machine allows no namespaces.</summary>
    public bool HasNetwork { get; }

    /// <summary>Finds Python 3 and prlimit; null where one of them is missing.</summary>
    public static async Task<PythonSandbox?> FindAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        // the interpreter itself: what is found by name may be a script that needs its environment
        var python = await RunAsync("python3", ["-I", "-c", "import sys; print(sys.executable)"], clock, cancellationToken)
            .ConfigureAwait(false);
        if (python is not { Code: 0 } || python.Output.Trim() is not { Length: > 0 } path || !File.Exists(path)) return null;
        if (await RunAsync("prlimit", ["--version"], clock, cancellationToken).ConfigureAwait(false) is not { Code: 0 }) return null;
        var isApart = await RunAsync("unshare", ["--map-root-user", "--net", "--", "true"], clock, cancellationToken).ConfigureAwait(false);
        return new PythonSandbox(path, isApart is not { Code: 0 }, clock);
    }

    public async Task<ProgramEnd> RunAsync(string program, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("edge-agent-eval-");
        try
        {
            var file = Path.Combine(folder.FullName, "program.py");
            await File.WriteAllTextAsync(file, program, cancellationToken).ConfigureAwait(false);
            string[] apart = HasNetwork ? [] : ["unshare", "--map-root-user", "--net", "--"];
            string[] all = [.. apart, "prlimit", Limit("as", MaxMemory), Limit("cpu", MaxSeconds), Limit("fsize", MaxFile),
                Limit("core", 0), "--", "env", "--ignore-environment", $"--chdir={folder.FullName}", $"HOME={folder.FullName}",
                "OMP_NUM_THREADS=1", _python, "-I", "-B", "program.py"];
            var result = await ChildProcess.RunAsync(new ChildCommand(all[0], all[1..]), new ChildLimits(Timeout), _clock, null,
                cancellationToken).ConfigureAwait(false);
            // 137 and 152: killed at the limit of processor time
            return result.Code switch { 0 => ProgramEnd.Passed, null or 137 or 152 => ProgramEnd.TimedOut, _ => ProgramEnd.Failed };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Limit(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"--{name}={value}");

    private static async Task<ChildResult?> RunAsync(string file, string[] arguments, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        try
        {
            return await ChildProcess.RunAsync(new ChildCommand(file, arguments), new ChildLimits(ProbeTimeout), clock, null,
                cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            return null; // not installed
        }
    }
}
