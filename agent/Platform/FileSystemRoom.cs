using System.Runtime.InteropServices;

namespace EdgeAgent.Platform;

/// <summary>Room on a file system (statvfs(3)), as an unprivileged process may use it.</summary>
/// <param name="FreeBytes">Bytes.</param>
/// <param name="TotalBytes">Bytes.</param>
/// <param name="FreeFiles">Files that can still be made.</param>
/// <param name="TotalFiles">Files the file system can hold; 0 where it has no such bound.</param>
/// <param name="IsReadOnly">Whether it is mounted read-only.</param>
internal sealed record FileSystemRoom(long FreeBytes, long TotalBytes, long FreeFiles, long TotalFiles, bool IsReadOnly)
{
    private const ulong ReadOnlyFlag = 1;

    /// <summary>Of the file system that holds a path; null where the system does not say.</summary>
    public static FileSystemRoom? Of(string path)
    {
        // the layout below is glibc's on 64-bit machines
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || StatVfs(path, out var found) != 0) return null;
        return new FileSystemRoom((long)(found.FreeBlocks * found.FragmentSize), (long)(found.Blocks * found.FragmentSize),
            (long)found.FreeFiles, (long)found.Files, (found.Flags & ReadOnlyFlag) != 0);
    }

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Found
    {
        [FieldOffset(8)] public ulong FragmentSize;
        [FieldOffset(16)] public ulong Blocks;
        [FieldOffset(32)] public ulong FreeBlocks; // f_bavail
        [FieldOffset(40)] public ulong Files;
        [FieldOffset(56)] public ulong FreeFiles; // f_favail
        [FieldOffset(72)] public ulong Flags;
    }

    [DllImport("libc", EntryPoint = "statvfs", SetLastError = true)]
    private static extern int StatVfs([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out Found found);
}
