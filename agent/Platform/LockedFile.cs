using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Platform;

/// <summary>
/// Reads a file that another process has locked. A stream opened by its path asks for a shared lock (flock(2)) whatever it shares, and
/// meets the writer's.
/// </summary>
internal static class LockedFile
{
    /// <summary>O_RDONLY and O_CLOEXEC of Linux, on x86-64 and ARM64.</summary>
    private const int ReadAndClose = 0x80000;

    /// <exception cref="IOException">The file cannot be read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        using var handle = new SafeFileHandle(Open(path, ReadAndClose), ownsHandle: true);
        if (handle.IsInvalid) throw new IOException($"'{path}' cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        using var stream = new FileStream(handle, FileAccess.Read, 1);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
