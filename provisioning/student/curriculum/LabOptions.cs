using System.Globalization;

namespace EdgeAgent.Lab;

/// <summary>Sizes of a decoder: <c>hidden,layers,heads,kv_heads,feed_forward</c>.</summary>
internal sealed record ShapeSizes(int Hidden, int Layers, int Heads, int KvHeads, int FeedForward)
{
    /// <exception cref="ArgumentException">Not five whole numbers, or sizes that do not fit together.</exception>
    public static ShapeSizes Parse(string text)
    {
        var n = text.Split(',').Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var v) ? v : 0).ToArray();
        if (n.Length != 5 || n.Any(v => v < 1) || n[0] % n[2] != 0 || n[2] % n[3] != 0 || n[0] / n[2] % 2 != 0)
            throw new ArgumentException("a shape must be hidden,layers,heads,kv_heads,feed_forward with hidden a multiple of heads, "
                + $"heads a multiple of kv_heads and an even head size, such as 192,6,6,2,512; found '{text}'");
        return new ShapeSizes(n[0], n[1], n[2], n[3], n[4]);
    }
}

/// <summary>What a run of the lab was asked for. Each option has a default; the report names them all.</summary>
internal sealed record LabOptions
{
    /// <summary>Names of the options, with what they mean.</summary>
    public const string Help = """
        --work DIR            where everything is written (default: work)
        --seed N              (1)
        --threads N           (all cores)
        --examples N          training examples of `data` (60000)
        --held-out N          held-out examples of each stage (400)
        --mix B,D,A,P         shares of the stages base, domain, adversarial, passages (0.13,0.55,0.17,0.15)
        --cell-share X        of the alarms and topics, for a smaller cell (1)
        --vocabulary N        tokens of a new tokenizer (2048); --tokenizer FILE takes one that is there
        --teacher SHAPE       hidden,layers,heads,kv_heads,feed_forward (320,8,8,4,864: 8.9 M parameters)
        --student SHAPE       (192,6,6,2,512: 2.8 M parameters)
        --context N           tokens (512)
        --teacher-steps N, --student-steps N, --on-policy-steps N     (6000, 6000, 400)
        --batch-tokens N      padded tokens of a batch (2048)
        --rate X              highest learning rate (0.002)
        --from DIR|FILE       a bundle or checkpoint that the teacher starts from, instead of random weights
        --student-from DIR|FILE   the same for the student
        --loss task|kl|both   of `distil` (both: 0.7 KL and 0.3 task)
        --top-k N, --temperature X    of the teacher (16, 1.5)
        --name NAME           the student's files in the work folder, so that several can stand beside each other (student)
        --libtorch DIR        libraries of another libtorch of the same version, such as one for a GPU
        --agent FILE          edge-agent, for quantize, evaluate and bundle
        """;

    public string Work { get; private set; } = "work";
    public int Seed { get; private set; } = 1;
    public int Threads { get; private set; } = Environment.ProcessorCount;
    public int Examples { get; private set; } = 60_000;
    public int HeldOut { get; private set; } = 400;
    public StageMix Mix { get; private set; } = StageMix.Default;
    public double CellShare { get; private set; } = 1;
    public int Vocabulary { get; private set; } = 2048;
    public string? Tokenizer { get; private set; }
    public ShapeSizes Teacher { get; private set; } = new(320, 8, 8, 4, 864);
    public ShapeSizes Student { get; private set; } = new(192, 6, 6, 2, 512);
    public int Context { get; private set; } = 512;
    public int TeacherSteps { get; private set; } = 6000;
    public int StudentSteps { get; private set; } = 6000;
    public int OnPolicySteps { get; private set; } = 400;
    public int BatchTokens { get; private set; } = 2048;
    public double Rate { get; private set; } = 2e-3;
    public string? From { get; private set; }
    public string? StudentFrom { get; private set; }
    public string Loss { get; private set; } = "both";
    public int TopK { get; private set; } = 16;
    public double Temperature { get; private set; } = 1.5;
    public string Name { get; private set; } = "student";
    public string? Agent { get; private set; }
    public string? Libtorch { get; private set; }

    public LossShares Shares => Loss switch
    {
        "task" => LossShares.TaskOnly,
        "kl" => LossShares.KlOnly with { Temperature = Temperature },
        _ => LossShares.Both with { Temperature = Temperature },
    };

    /// <exception cref="ArgumentException">An option that is not known, has no value, or one outside its range.</exception>
    public static LabOptions Parse(ReadOnlySpan<string> arguments)
    {
        var o = new LabOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            if (value.Length == 0 && Help.Contains(name, StringComparison.Ordinal)) throw new ArgumentException($"{name} needs a value");
            o = name switch
            {
                "--work" => o with { Work = value },
                "--seed" => o with { Seed = Whole(name, value, 0, int.MaxValue) },
                "--threads" => o with { Threads = Whole(name, value, 1, 256) },
                "--examples" => o with { Examples = Whole(name, value, 1, 10_000_000) },
                "--held-out" => o with { HeldOut = Whole(name, value, 1, 100_000) },
                "--mix" => o with { Mix = StageMix.Parse(value) },
                "--cell-share" => o with { CellShare = Real(name, value, 0.01, 1) },
                "--vocabulary" => o with { Vocabulary = Whole(name, value, 300, ushort.MaxValue + 1) },
                "--tokenizer" => o with { Tokenizer = value },
                "--teacher" => o with { Teacher = ShapeSizes.Parse(value) },
                "--student" => o with { Student = ShapeSizes.Parse(value) },
                "--context" => o with { Context = Whole(name, value, 64, 32_768) },
                "--teacher-steps" => o with { TeacherSteps = Whole(name, value, 0, 10_000_000) },
                "--student-steps" => o with { StudentSteps = Whole(name, value, 0, 10_000_000) },
                "--on-policy-steps" => o with { OnPolicySteps = Whole(name, value, 0, 10_000_000) },
                "--batch-tokens" => o with { BatchTokens = Whole(name, value, 64, 1 << 20) },
                "--rate" => o with { Rate = Real(name, value, 1e-6, 0.1) },
                "--from" => o with { From = value },
                "--student-from" => o with { StudentFrom = value },
                "--loss" when value is "task" or "kl" or "both" => o with { Loss = value },
                "--loss" => throw new ArgumentException($"--loss must be task, kl or both, found '{value}'"),
                "--top-k" => o with { TopK = Whole(name, value, 1, 256) },
                "--temperature" => o with { Temperature = Real(name, value, 0.5, 10) },
                "--name" => o with { Name = value },
                "--libtorch" => o with { Libtorch = value },
                "--agent" => o with { Agent = value },
                _ => throw new ArgumentException($"unknown option {name}"),
            };
        }
        return o;
    }

    private static int Whole(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number : throw new ArgumentException($"{name} must be a whole number from {least} to {most}, found '{value}'");

    private static double Real(string name, string value, double least, double most) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number : throw new ArgumentException($"{name} must be a number from {least} to {most}, found '{value}'");
}
