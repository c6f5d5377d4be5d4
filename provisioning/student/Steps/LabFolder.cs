using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.Tokenization;
using static TorchSharp.torch;

namespace EdgeAgent.Lab;

/// <summary>The files of a run.</summary>
internal sealed class LabFolder
{
    public LabFolder(LabOptions options)
    {
        Options = options;
        Source = FindSource();
        Work = Directory.CreateDirectory(Path.IsPathRooted(options.Work) || options.Work != "work"
            ? options.Work : Path.Combine(Source, "work")).FullName;
        Directory.CreateDirectory(Path.Combine(Work, "data"));
    }

    public LabOptions Options { get; }

    /// <summary>provisioning/student.</summary>
    public string Source { get; }

    public string Work { get; }
    public string Corpus => Path.Combine(Source, "corpus");
    public string Train => Path.Combine(Work, "data", "train.jsonl");
    public string HeldOut => Path.Combine(Work, "data", "held-out.jsonl");
    public string Calibration => Path.Combine(Work, "data", "calibration.jsonl");
    public string TokenizerFile => Path.Combine(Work, "tokenizer.json");
    public string Teacher => Path.Combine(Work, "teacher.safetensors");
    public string TeacherCache => Path.Combine(Work, "teacher.cache");
    public string Student => Path.Combine(Work, Options.Name + ".safetensors");
    public string OwnAnswers => Path.Combine(Work, Options.Name + "-own.safetensors");

    /// <summary>A file of this run's student.</summary>
    public string Of(string suffix) => Path.Combine(Work, $"{Options.Name}-{suffix}");

    public Tokenizer Tokenizer() => Inference.Tokenization.TokenizerFile.Load(Needed(TokenizerFile, "data"));

    /// <summary>A net with random weights from the seed, or with those of a bundle or checkpoint.</summary>
    public StudentNet NewNet(ShapeSizes sizes, int vocabulary, string? from)
    {
        random.manual_seed(Options.Seed);
        var net = new StudentNet(StudentShape.Of(sizes, vocabulary, Options.Context), Devices.Best());
        if (from is not null)
        {
            if (File.Exists(from)) Take(net, from);
            else Take(net, BundleWeights.Read(from));
        }
        return net;
    }

    /// <summary>A net with the weights of a checkpoint.</summary>
    public StudentNet LoadNet(ShapeSizes sizes, int vocabulary, string checkpoint, string madeBy)
    {
        var net = NewNet(sizes, vocabulary, from: null);
        Take(net, Needed(checkpoint, madeBy));
        return net;
    }

    private static void Take(StudentNet net, string checkpoint)
    {
        using var off = no_grad();
        using var file = SafetensorsFile.Open(checkpoint);
        foreach (var (name, parameter) in net.named_parameters())
            parameter.copy_(tensor(file.Floats("weight." + name, parameter.shape), parameter.shape));
    }

    private static void Take(StudentNet net, Dictionary<string, float[]> bundle)
    {
        using var off = no_grad();
        foreach (var (name, parameter) in net.named_parameters())
            parameter.copy_(tensor(bundle[StudentNet.CheckpointName(name)], parameter.shape));
    }

    public static string Needed(string file, string madeBy) =>
        File.Exists(file) ? file : throw new ArgumentException($"{file} is not there; run `{madeBy}` first");

    private static string FindSource()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "corpus", "alarms.tsv"))) return folder;
        throw new ArgumentException($"no folder 'corpus' above {AppContext.BaseDirectory}: the lab runs from its checkout");
    }
}

/// <summary>Where torch computes.</summary>
internal static class Devices
{
    public static Device Best() => cuda.is_available() ? CUDA : CPU;
}
