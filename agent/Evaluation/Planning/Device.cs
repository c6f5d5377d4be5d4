namespace EdgeAgent.Evaluation.Planning;

/// <summary>A number of a device's arithmetic, with where it comes from.</summary>
/// <param name="Value">In the unit that the name says.</param>
/// <param name="Source">Who published or measured it.</param>
/// <param name="IsMeasured">Whether we measured it on the device at hand.</param>
internal sealed record Constant(double Value, string Source, bool IsMeasured = false);

/// <summary>A device as the arithmetic sees it: a step reads the weights once, and costs more with every row.</summary>
internal sealed record Device
{
    /// <summary>As <c>bench --plan</c> takes it.</summary>
    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>Memory bandwidth, bytes a second.</summary>
    public required Constant Bandwidth { get; init; }

    /// <summary>Share of the bandwidth that a step reaches while it reads weights and cache.</summary>
    public required Constant BandwidthShare { get; init; }

    /// <summary>Operations a second of 4-bit kernels with few rows: what one more row costs.</summary>
    public required Constant RowRate { get; init; }

    /// <summary>Operations a second while a prompt is read.</summary>
    public required Constant PrefillRate { get; init; }

    /// <summary>Memory that a student may take, bytes: what the system, the agent and its stores leave.</summary>
    public required Constant Memory { get; init; }

    private const string Jetson = "NVIDIA, Jetson Orin module data sheets";

    private static readonly Constant Share = new(0.6,
        "from 101 tokens/s of a 1.7 B student in 4 bits, one row, AGX Orin (Embedl, Edge-Inference-Benchmarks)");

    private const string RowSource = "from 101 tokens/s at one row and 465 at eight of a 1.7 B student in 4 bits, AGX Orin 64 GB " +
        "(Embedl; NVIDIA, TensorRT Edge-LLM benchmarks)";

    private const string PrefillSource = "from 2,001 prompt tokens/s of 3.5 B active parameters in 4 bits with Marlin kernels, " +
        "AGX Orin 64 GB (published with a vLLM build)";

    private const double AgxRow = 4.1e12, AgxPrefill = 14e12;

    /// <summary>The devices with published figures. Smaller ones are scaled by their GPU's peak rate.</summary>
    public static readonly IReadOnlyList<Device> Known =
    [
        Orin("orin-agx-64", "Jetson AGX Orin 64 GB, 60 W", 204.8, 1, 48),
        Orin("orin-agx-32", "Jetson AGX Orin 32 GB, 40 W", 204.8, 108.0 / 170, 20),
        Orin("orin-nx-16", "Jetson Orin NX 16 GB, 25 W", 102.4, 60.0 / 170, 9),
    ];

    private static Device Orin(string name, string description, double gigabytes, double scale, double memory) => new()
    {
        Name = name,
        Description = description,
        Bandwidth = new Constant(gigabytes * 1e9, Jetson),
        BandwidthShare = Share,
        RowRate = new Constant(AgxRow * scale, scale == 1 ? RowSource : $"{RowSource}, times {scale:F2}: the GPUs' peak rates"),
        PrefillRate = new Constant(AgxPrefill * scale, scale == 1 ? PrefillSource : $"{PrefillSource}, times {scale:F2}"),
        Memory = new Constant(memory * 1e9, "assumed: the rest is the system's"),
    };

    /// <summary>The machine at hand, from two measured steps of a student and its prefill.</summary>
    /// <param name="student">The student that was measured.</param>
    /// <param name="one">Rows and seconds of a step.</param>
    /// <param name="many">The same with more rows.</param>
    /// <param name="length">Tokens each row held.</param>
    /// <param name="prefill">Prompt tokens a second.</param>
    public static Device Measured(StudentSize student, (int Rows, double Seconds) one, (int Rows, double Seconds) many, int length,
        double prefill)
    {
        var row = Math.Max((many.Seconds - one.Seconds) / (many.Rows - one.Rows), 1e-9);
        var speed = student.StepBytes / Math.Max(one.Seconds - one.Rows * row, one.Seconds / 100);
        var operations = Math.Max(row - (double)length * student.CacheBytes / speed, row / 10);
        const string source = "steps of this student, fitted";
        return new Device
        {
            Name = "x86",
            Description = "this machine",
            Bandwidth = new Constant(speed, source, IsMeasured: true),
            BandwidthShare = new Constant(1, "the bandwidth is what the steps reach", IsMeasured: true),
            RowRate = new Constant(2.0 * student.Parameters / operations, source, IsMeasured: true),
            PrefillRate = new Constant(2.0 * student.Parameters * prefill, "prefill of this student", IsMeasured: true),
            Memory = new Constant(Platform.FreeMemory.Bytes() ?? 4e9, "free memory of this machine", IsMeasured: true),
        };
    }
}
