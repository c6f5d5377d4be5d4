using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// ONNX Runtime's environment of this process. Its own messages go into a short memory instead of the console: what matters of them is said
/// in our words (<see cref="ProviderProblem"/>), or is in the exception.
/// </summary>
internal static class OnnxRuntimeLibrary
{
    private const int Remembered = 50;

    private static readonly ConcurrentQueue<string> Latest = new();
    private static readonly DOrtLoggingFunction Listener = Remember; // the native side holds a pointer to it
    private static readonly Lazy<OrtEnv> Lazy = new(Create);

    public static OrtEnv Environment => Lazy.Value;

    /// <summary>The library's version, such as 1.31.0.</summary>
    public static string Version => Environment.GetVersionString();

    /// <summary>The last messages of ONNX Runtime, oldest first.</summary>
    public static IReadOnlyList<string> Messages => [.. Latest];

    /// <summary>Drops the messages so far.</summary>
    public static void Forget()
    {
        _ = Environment;
        Latest.Clear();
    }

    private static OrtEnv Create()
    {
        if (OrtEnv.IsCreated) return OrtEnv.Instance(); // somebody was faster: the messages stay on the console
        var options = new EnvironmentCreationOptions
        {
            logId = "edge-agent",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
            loggingFunction = Listener,
        };
        return OrtEnv.CreateInstanceWithOptions(ref options);
    }

    private static void Remember(IntPtr parameter, OrtLoggingLevel severity, string category, string logId, string location, string message)
    {
        Latest.Enqueue(message);
        while (Latest.Count > Remembered) Latest.TryDequeue(out _);
    }
}
