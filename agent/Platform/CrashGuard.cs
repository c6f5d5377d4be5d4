using System.Runtime.InteropServices;
using System.Text;

namespace EdgeAgent.Platform;

/// <summary>
/// Keeps question text out of crash reports: an unhandled exception is reported by type and stack without its message, and the
/// memory is neither written to core dumps nor open to debuggers (prctl(2), PR_SET_DUMPABLE).
/// </summary>
internal static partial class CrashGuard
{
    private const int SetDumpable = 4, Aborted = 134;

    /// <summary>Reports unhandled exceptions by type and stack alone, then exits with code 134.</summary>
    public static void HideMessages() => AppDomain.CurrentDomain.UnhandledException += (_, e) =>
    {
        Console.Error.WriteLine(
            $"edge-agent: crashed: {(e.ExceptionObject is Exception error ? Describe(error) : e.ExceptionObject.GetType().FullName)}");
        // the runtime's own report, which prints messages, comes after this handler and is never reached
        Environment.Exit(Aborted);
    };

    /// <summary>Forbids dumps of this process's memory. No-op on systems without prctl.</summary>
    /// <returns>Whether dumps are off.</returns>
    public static bool ForbidDumps() => OperatingSystem.IsLinux() && prctl(SetDumpable, 0, 0, 0, 0) == 0;

    /// <summary>Types and stack frames of an exception and its inner exceptions; no messages.</summary>
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
