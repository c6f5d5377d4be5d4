using EdgeAgent.Privacy.Entities;
using EntityLab;

// zh DATA OUT      trains the Chinese entity model from the shared data, measures it on the development set
// en DATA OUT      the English one
if (args is not [("zh" or "en") and var language, var data, var output])
{
    Console.Error.WriteLine("usage: zh|en DATA_FOLDER OUTPUT_FILE");
    return 2;
}
var clock = System.Diagnostics.Stopwatch.StartNew();
var lab = language == "zh" ? ChineseLab.Create(data) : EnglishLab.Create(data);
Console.WriteLine($"{lab.Training.Count} training sentences, {lab.Development.Count} development sentences, {clock.Elapsed.TotalSeconds:F0} s");
var tagger = new Trainer(lab.Features, lab.Lexicon, lab.Log2Rows, rate: 0.05f, decay: 0.001f, lab.Dropout)
    .Train(lab.Training, lab.Epochs, lab.Runs, seed: 1, (epoch, loss) => Console.WriteLine($"epoch {epoch + 1}: loss {loss:F3}, {clock.Elapsed.TotalSeconds:F0} s"));
// the operating point: of those where every type is above its peer, the one with the most worth
float[] steps = [0, 0.25f, 0.5f, 0.75f, 1, 1.25f, 1.5f];
var points = steps.SelectMany(p => steps.SelectMany(l => steps.Select(o => new[] { p, l, o }))).AsParallel().AsOrdered()
    .Select(b => (Bias: b, Scores: Scores.Measure(new EntityModel(lab.Features, lab.Lexicon, tagger, b), lab.Development))).ToList();
var (bias, best) = points.OrderByDescending(p => p.Scores.IsAbove(lab.Peer)).ThenByDescending(p => p.Scores.Worth).First();
Console.WriteLine($"bias {string.Join(' ', bias)}{(best.IsAbove(lab.Peer) ? "" : ", not above its peer")}: {best}");
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
using (var stream = File.Create(output)) new EntityModel(lab.Features, lab.Lexicon, tagger, bias).Save(stream);
var model = EntityModel.Load(output);
Console.WriteLine($"saved with bias {string.Join(' ', bias)}: {Scores.Measure(model, lab.Development)}, {new FileInfo(output).Length / 1e6:F2} MB");
return 0;

/// <param name="Log2Rows">Rows of the weight table.</param>
internal sealed record Lab(IFeatures Features, Lexicon Lexicon, IReadOnlyList<Sentence> Training, IReadOnlyList<Sentence> Development, int Log2Rows)
{
    public int Epochs { get; init; }

    /// <summary>Trainings in other orders whose weights are averaged.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>Share of features left out at each step.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>F1 of the product to be better than, by type.</summary>
    public required IReadOnlyList<double> Peer { get; init; }
}
