using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Platform;

/// <summary>
/// Hooks for power-loss tests at every durable write, rename and deletion: a test counts these points and stops the work at each of
/// them, as a power cut would, or lets syncs be skipped. Without a test the hooks do nothing.
/// </summary>
internal static class Durability
{
    private static readonly AsyncLocal<Action<string>?> Listener = new();

    /// <summary>Sets the listener of this flow of execution and of what it starts; null removes it.</summary>
    public static void Observe(Action<string>? listener) => Listener.Value = listener;

    private static readonly AsyncLocal<bool> Lying = new();

    /// <summary>Whether this flow of execution skips syncs: the negative control of the power-loss tests.</summary>
    public static void Pretend(bool isLying) => Lying.Value = isLying;

    internal static bool IsReal => !Lying.Value;

    internal static void Sync(FileStream stream) => stream.Flush(flushToDisk: IsReal);

    internal static void Sync(SafeFileHandle handle)
    {
        if (IsReal) RandomAccess.FlushToDisk(handle);
    }

    internal static void Passed(string what) => Listener.Value?.Invoke(what);
}
