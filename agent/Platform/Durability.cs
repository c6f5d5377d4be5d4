using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Platform;

/// <summary>
/// Passed after every durable write, rename and deletion. Tests count the points through it and stop the work at each of them,
/// as a power cut would; nobody listens otherwise. What goes to disk for good goes through here, so that a test can see what
/// happens when it does not.
/// </summary>
internal static class Durability
{
    private static readonly AsyncLocal<Action<string>?> Listener = new();

    /// <summary>Listens in this flow of execution and what it starts.</summary>
    public static void Observe(Action<string>? listener) => Listener.Value = listener;

    private static readonly AsyncLocal<bool> Lying = new();

    /// <summary>Whether this flow of execution only pretends to sync: the control of the power-loss tests.</summary>
    public static void Pretend(bool isLying) => Lying.Value = isLying;

    internal static bool IsReal => !Lying.Value;

    internal static void Sync(FileStream stream) => stream.Flush(flushToDisk: IsReal);

    internal static void Sync(SafeFileHandle handle)
    {
        if (IsReal) RandomAccess.FlushToDisk(handle);
    }

    internal static void Passed(string what) => Listener.Value?.Invoke(what);
}
