namespace EdgeAgent.Platform;

/// <summary>
/// Passed after every durable write, rename and deletion. Tests count the points through it and stop the work at each of them,
/// as a power cut would; nobody listens otherwise.
/// </summary>
public static class Durability
{
    private static readonly AsyncLocal<Action<string>?> Listener = new();

    /// <summary>Listens in this flow of execution and what it starts.</summary>
    public static void Observe(Action<string>? listener) => Listener.Value = listener;

    internal static void Passed(string what) => Listener.Value?.Invoke(what);
}
