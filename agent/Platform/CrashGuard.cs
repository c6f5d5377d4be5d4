using System.Runtime.InteropServices;
using System.Text;

namespace EdgeAgent.Platform;

/// <summary>
/// What is left of the process when it dies carries no question text: an unhandled exception is reported by type and stack
/// without its message, and the memory is not written to core dumps nor shown to debuggers (prctl(2), PR_SET_DUMPABLE).
/// </summary>
internal static partial class CrashGuard
{
    private const int SetDumpable = 4, Aborted = 134;

    /// <summary>Reports crashes by type and place alone.</summary>
    public static void HideMessages() => AppDomain.CurrentDomain.UnhandledException += (_, e) =>
    {
        Console.Error.WriteLine(
            $"edge-agent: crashed: {(e.ExceptionObject is Exception error ? Describe(error) : e.ExceptionObject.GetType().FullName)}");
        // the runtime's own report, which prints messages, comes after this handler: it is not reached
        Environment.Exit(Aborted);
    };

    /// <summary>Forbids dumps of this process's memory. Where there is no prctl it does nothing.</summary>
    /// <returns>Whether dumps are off.</returns>
    public static bool ForbidDumps() => OperatingSystem.IsLinux() && prctl(SetDumpable, 0, 0, 0, 0) == 0;

    /// <summary>Types and stack frames of an exception and those inside it; no messages.</summary>
    public static string Describe(Exception error)
    {
        var text = new StringBuilder();
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (text.Length > 0) text.Append("\n --- inside it: ");
            text.Append(e.GetType().FullName);
            if (e.StackTrace is { } stack) text.Append('\n').Append(stack);
        }
        return text.ToString();
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
