using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Serving;

/// <summary>Which student answers, and the resources it gets.</summary>
internal sealed record StudentSettings
{
    /// <summary>
    /// Directory of the bundle that serves as long as no update has been committed. Empty: the student that comes with the agent.
    /// </summary>
    public string Model { get; init; } = "";

    /// <summary>
    /// Execution providers in order of preference; the first that works is used. Empty: TensorRT, Cuda, Cpu.
    /// </summary>
    public IReadOnlyList<ExecutionProvider> Providers { get; init; } = [];

    /// <summary>Execution provider without which the service does not start. Empty: any will do.</summary>
    public ExecutionProvider? Require { get; init; }

    /// <summary>Answers generated at the same time. More rows mean more throughput and memory, and slower single answers.</summary>
    [Unit("rows"), Range(1, 64)]
    public int Rows { get; init; } = 8;

    /// <summary>
    /// Tokens of question and answer together that one row holds; memory grows with it. 0: the model's own context, at most 4096.
    /// </summary>
    [Unit("tokens"), Range(16, 1_048_576, Or = 0)]
    public int Context { get; init; }

    /// <summary>Most prompt tokens read in one step. Lower it if running answers stutter while a long question is read.</summary>
    [Unit("tokens"), Range(1, 4096)]
    public int Chunk { get; init; } = 128;

    /// <summary>Threads inside one operator on the CPU. 0: the number of cores.</summary>
    [Unit("threads"), Range(0, 256)]
    public int Threads { get; init; }

    /// <summary>
    /// Whether ONNX Runtime's threads spin while a step runs: a small student is about 1.5 times as fast. They never spin between steps.
    /// </summary>
    public bool Spinning { get; init; } = true;

    /// <summary>
    /// Most memory for the keys and values of all rows; it is taken as it is used. 0: half of the memory that is free beside the weights.
    /// Where the default context does not fit, rows hold fewer tokens.
    /// </summary>
    [Unit("MB"), Range(0, 1_000_000)]
    public int CacheLimit { get; init; }

    /// <summary>
    /// Whether the student is kept on disk as ONNX Runtime has prepared it for this processor, in <c>prepared/</c> of the state
    /// directory: a
    /// start takes tenths of a second instead of seconds, and as much disk as the weights once more.
    /// </summary>
    public bool Prepare { get; init; } = true;

    /// <summary>
    /// Time that TensorRT may take to build a student's engines in one way, before the next one is tried. Raise it for large students.
    /// </summary>
    [Duration("EngineBuildSeconds", DurationUnit.Seconds), Range(1, 86_400)]
    public TimeSpan EngineBuildTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Memory that a build of engines may take. 0: 80 % of what is free when it begins.</summary>
    [Unit("MB"), Range(0, 1_000_000)]
    public double EngineBuildMegabytes { get; init; }

    /// <summary>
    /// How 4-bit layers are computed: 4 quantizes activations to 8 bits and is fastest, 1 keeps them in float32 and is most exact.
    /// </summary>
    [Unit("level"), OneOf(1, 4)]
    public int AccuracyLevel { get; init; } = 4;

    /// <summary>
    /// Most queries that may wait for a row. What can be answered in time is admitted; this only bounds memory. One more is answered
    /// <c>overloaded</c>.
    /// </summary>
    [Unit("queries"), Range(0, 10_000)]
    public int MaxWaiting { get; init; } = 4096;

    /// <summary>Memory of the prompts that may wait for a row. A query beyond it is answered <c>overloaded</c>.</summary>
    [Unit("MB"), Range(0.01, 1024)]
    public double MaxWaitingMegabytes { get; init; } = 32;

    /// <summary>Queries of one client that may wait or run. One more is answered <c>overloaded</c>. 0: no bound of its own.</summary>
    [Unit("queries"), Range(0, 10_000)]
    public int MaxPerClient { get; init; } = 512;

    /// <summary>Largest share of the device that queries of priority <c>safety</c> get while others wait.</summary>
    [Unit("share"), Range(0.05, 1)]
    public double SafetyShare { get; init; } = 0.5;

    /// <summary>
    /// Prompt and answer tokens one step may run while answers are generated. Those come first, and a long question is read in pieces that
    /// take about as long as a step.
    /// </summary>
    [Unit("tokens"), Range(1, 8192)]
    public int TokenBudget { get; init; } = 160;

    /// <summary>
    /// Memory for the computed beginnings of prompts (system prompt, a page that is asked about again). 0 keeps none.
    /// </summary>
    [Unit("MB"), Range(0, 65_536)]
    public double PrefixCacheMegabytes { get; init; } = 256;

    /// <summary>
    /// Disk for the beginnings that at least two clients have sent, so that they survive a restart. They are derived from desensitized
    /// prompts. 0 writes none.
    /// </summary>
    [Unit("MB"), Range(0, 65_536)]
    public double PrefixFileMegabytes { get; init; } = 64;

    /// <param name="prefixDirectory">Where the prefixes are kept over a restart; null keeps none.</param>
    public StudentOptions ToOptions(string? prefixDirectory = null) => new()
    {
        Providers = Providers.Count > 0 ? Providers : ExecutionProviders.DefaultPreference,
        Require = Require,
        EngineBuildTimeout = EngineBuildTimeout,
        EngineBuildMegabytes = EngineBuildMegabytes,
        Decoder = new DecoderOptions
        {
            Rows = Rows,
            Context = Context,
            Chunk = Chunk,
            Threads = Threads,
            Spinning = Spinning,
            CacheLimit = CacheLimit * 1_000_000L,
            AccuracyLevel = AccuracyLevel,
            PrefixBytes = Bytes(PrefixCacheMegabytes),
        },
        Engine = new EngineOptions
        {
            MaxWaiting = MaxWaiting,
            MaxWaitingBytes = Bytes(MaxWaitingMegabytes),
            MaxPerClient = MaxPerClient,
            SafetyShare = SafetyShare,
            TokenBudget = TokenBudget,
            PrefixBytes = Bytes(PrefixCacheMegabytes),
        },
        PrefixDirectory = prefixDirectory,
        PrefixFileBytes = Bytes(PrefixFileMegabytes),
    };

    private static long Bytes(double megabytes) => (long)(megabytes * (1 << 20));
}
