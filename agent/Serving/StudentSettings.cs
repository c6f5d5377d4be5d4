using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;

namespace EdgeAgent.Serving;

/// <summary>Section <c>Student</c>: which bundle serves, and how.</summary>
internal sealed record StudentSettings
{
    public const string Section = "Student";

    /// <summary>Bundle directory; empty takes the bundled student.</summary>
    public string Model { get; init; } = "";

    /// <summary>Execution providers in order of preference: TensorRT, Cuda, Cpu.</summary>
    public IReadOnlyList<string> Providers { get; init; } = [];

    /// <summary>A provider without which the service does not start; empty: none.</summary>
    public string Require { get; init; } = "";

    /// <summary>Rows decoded together, 1..64.</summary>
    public int Rows { get; init; } = 8;

    /// <summary>Tokens a row can hold, 0 (the model's own, at most 4096) or 16..1,048,576.</summary>
    public int Context { get; init; }

    /// <summary>Most prompt tokens in one run, 1..4096.</summary>
    public int Chunk { get; init; } = 128;

    /// <summary>Threads inside one operator, 0 (the number of cores) or 1..256.</summary>
    public int Threads { get; init; }

    /// <summary>Whether ONNX Runtime's threads spin while they wait; unset decides by the number of cores (4 and more spin).</summary>
    public bool? Spinning { get; init; }

    /// <summary>How 4-bit linears are computed: 4 quantizes activations to 8 bits and is fastest, 1 keeps them in float32.</summary>
    public int AccuracyLevel { get; init; } = 4;

    /// <summary>Queries that may wait for a row, 0..10,000.</summary>
    public int MaxWaiting { get; init; } = 64;

    /// <summary>Prompt and answer tokens one step may run, 1..8192.</summary>
    public int TokenBudget { get; init; } = 160;

    public IEnumerable<string> Problems()
    {
        foreach (var (key, value, min, max) in new[]
        {
            ("Rows", Rows, 1, 64), ("Chunk", Chunk, 1, 4096), ("Threads", Threads, 0, 256), ("MaxWaiting", MaxWaiting, 0, 10_000),
            ("TokenBudget", TokenBudget, 1, 8192),
        })
            if (value < min || value > max) yield return $"{Section}:{key} must be {min}..{max}, found {value}";
        if (AccuracyLevel is not (1 or 4)) yield return $"{Section}:AccuracyLevel must be 1 or 4, found {AccuracyLevel}";
        if (Context != 0 && Context is < 16 or > 1_048_576) yield return $"{Section}:Context must be 0 or 16..1048576, found {Context}";
        foreach (var (key, name) in Providers.Select((p, i) => ($"Providers:{i}", p)).Append(("Require", Require)))
            if (name.Length > 0 && !IsProvider(name))
                yield return $"{Section}:{key} must be one of {string.Join(", ", Enum.GetNames<ExecutionProvider>())}, found '{name}'";
    }

    public StudentOptions ToOptions() => new()
    {
        Providers = Providers.Count > 0
            ? [.. Providers.Select(p => Enum.Parse<ExecutionProvider>(p, ignoreCase: true))] : ExecutionProviders.DefaultPreference,
        Require = Require.Length > 0 ? Enum.Parse<ExecutionProvider>(Require, ignoreCase: true) : null,
        Decoder = new DecoderOptions
        {
            Rows = Rows,
            Context = Context,
            Chunk = Chunk,
            Threads = Threads,
            Spinning = Spinning,
            AccuracyLevel = AccuracyLevel
        },
        Engine = new EngineOptions { MaxWaiting = MaxWaiting, TokenBudget = TokenBudget },
    };

    private static bool IsProvider(string name) =>
        Enum.TryParse<ExecutionProvider>(name, ignoreCase: true, out var p) && Enum.IsDefined(p) && !char.IsAsciiDigit(name[0]);
}
