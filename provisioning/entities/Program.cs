using EdgeAgent.Evaluation;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Entities;
using EntityLab;

// zh DATA OUT         trains the Chinese entity model from the shared data, chooses its operating point on the development set
// en DATA OUT         the English one
// zh|en DATA OUT MODEL   chooses the operating point of a trained model anew
if (args is not [("zh" or "en") and var language, var data, var output, .. { Length: <= 1 } trained])
{
    Console.Error.WriteLine("usage: zh|en DATA_FOLDER OUTPUT_FILE [TRAINED_MODEL]");
    return 2;
}
var clock = System.Diagnostics.Stopwatch.StartNew();
var lab = language == "zh" ? ChineseLab.Create(data) : EnglishLab.Create(data);
lab = lab with { Development = [.. lab.Development.Select(s => s.Normalized())] };
var model = trained is [var file] ? EntityModel.Load(file) : new EntityModel(lab.Features, lab.Lexicon, Train(), [0, 0, 0]);
// the operating point: of those that are above the peer in every type and in characters, and where fewest of the floor's texts
// that name nobody raise an alarm, the one with the most worth
var quiet = LabelledTexts.Load(Path.Combine("provisioning", "entities", "suites", "factory.json")).Where(t => t.Spans.Count == 0).ToList();
var other = Path.Combine("provisioning", "models", "entities", language == "zh" ? EntityRecognizer.WordsFile : EntityRecognizer.HanFile);
var neighbour = File.Exists(other) ? EntityModel.Load(other) : model;
int Alarms(EntityModel at)
{
    var desensitizer = new Desensitizer(new PrivacyOptions(),
        language == "zh" ? new EntityRecognizer(at, neighbour) : new EntityRecognizer(neighbour, at));
    return quiet.Sum(t => desensitizer.Find(t.Text).Count);
}

var steps = Enumerable.Range(0, 1 + (int)(Lab.MaxBias / lab.Step)).Select(i => i * lab.Step).ToList();
var points = steps.SelectMany(p => steps.SelectMany(l => steps.Select(o => new[] { p, l, o }))).AsParallel().AsOrdered()
    .Select(b => (Bias: b, Scores: Scores.Measure(model.At(b), lab.Development), Alarms: Alarms(model.At(b)))).ToList();
var (bias, best, alarms) = points.OrderByDescending(p => p.Scores.IsAbove(lab.Peer, lab.PeerCharacters)).ThenBy(p => p.Alarms)
    .ThenByDescending(p => p.Scores.Worth(lab.Leaks)).First();
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
using (var stream = File.Create(output)) model.At(bias).Save(stream);
Console.WriteLine(
    $"saved with bias {string.Join(' ', bias)}{(best.IsAbove(lab.Peer, lab.PeerCharacters) ? "" : ", not above its peer")}, {alarms} " +
    $"alarms in {quiet.Count} texts that name nobody: {Scores.Measure(EntityModel.Load(output), lab.Development)}, " +
    $"{new FileInfo(output).Length / 1e6:F2} MB");
return 0;

// the mean of several trainings, each in another order
Tagger Train()
{
    var runs = new (float[] Weights, float[] Transitions, double Loss)[lab.Runs];
    Parallel.For(0, lab.Runs, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, run =>
    {
        runs[run] = new Trainer(lab.Features, lab.Lexicon, lab.Log2Rows, rate: 0.05f, decay: 0.001f, lab.Dropout)
            .Train([.. lab.Training(run).Select(s => s.Normalized())], lab.Epochs, seed: 1 + 100 * run);
        Console.WriteLine($"training {run + 1} of {lab.Runs}: loss {runs[run].Loss:F3}, {clock.Elapsed.TotalSeconds:F0} s");
    });
    static float[] Mean(IReadOnlyList<float[]> all)
    {
        var mean = new float[all[0].Length];
        foreach (var each in all)
            for (var i = 0; i < mean.Length; i++) mean[i] += each[i] / all.Count;
        return mean;
    }
    return Tagger.Round(Mean([.. runs.Select(r => r.Weights)]), Mean([.. runs.Select(r => r.Transitions)]));
}

/// <param name="Training">What a training (0..) learns from.</param>
/// <param name="Log2Rows">Rows of the weight table.</param>
internal sealed record Lab(IFeatures Features, Lexicon Lexicon, Func<int, IReadOnlyList<Sentence>> Training,
    IReadOnlyList<Sentence> Development, int Log2Rows)
{
    public int Epochs { get; init; }

    /// <summary>Trainings whose weights are averaged.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>Share of features left out at each step.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>Operating points are tried from 0 on up to the largest.</summary>
    public const float MaxBias = 1.5f;

    /// <summary>How far the operating points that are tried are apart.</summary>
    public float Step { get; init; } = 0.25f;

    /// <summary>What F2 of the characters is worth against the mean F1 of the types where the operating point is chosen.</summary>
    public double Leaks { get; init; } = 0.5;

    /// <summary>F1 of the product to be better than, by type.</summary>
    public required IReadOnlyList<double> Peer { get; init; }

    /// <summary>F1 of characters, whatever the type, to be better than; 0 where it is not known.</summary>
    public double PeerCharacters { get; init; }
}
