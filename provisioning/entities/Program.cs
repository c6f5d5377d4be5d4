using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Crf;
using EdgeAgent.Privacy.Measuring;
using EntityLab;

// zh DATA OUT            trains the Chinese entity model from the shared data and chooses its operating point on the development set
// en DATA OUT            trains the one for alphabets
// zh|en DATA OUT MODEL   chooses the operating point of a trained model anew
if (args is not [("zh" or "en") and var language, var data, var output, .. { Length: <= 1 } trained])
{
    Console.Error.WriteLine("usage: zh|en DATA_FOLDER OUTPUT_FILE [TRAINED_MODEL]");
    return 2;
}
var clock = System.Diagnostics.Stopwatch.StartNew();
var isChinese = language == "zh";
var lab = isChinese ? ChineseLab.Create(data) : EnglishLab.Create(data);
lab = lab with { Development = [.. lab.Development.Select(s => s.Normalized())] };
var model = trained is [var file] ? EntityModel.Load(file) : new EntityModel(lab.Features, lab.Lexicon, Train(), [0, 0, 0]);
// texts of the floor that name nobody
var clean = LabelledTexts.Load(Path.Combine("provisioning", "entities", "suites", "factory.json")).Where(t => t.Spans.Count == 0)
    .Select(t => t.Text).ToList();
var otherFile = Path.Combine("provisioning", "models", "entities", isChinese ? EntityModel.AlphabetFile : EntityModel.ChineseFile);
var other = File.Exists(otherFile) ? EntityModel.Load(otherFile) : model;

// the operating point: of those that surpass the peer in every type and in characters, and with the fewest false alarms in the clean
// texts, the one with the largest objective
var steps = Enumerable.Range(0, 1 + (int)(Lab.MaxBias / lab.Step)).Select(i => i * lab.Step).ToList();
var points = steps.SelectMany(p => steps.SelectMany(l => steps.Select(o => new[] { p, l, o }))).AsParallel().AsOrdered()
    .Select(b => (Bias: b, Scores: ModelScores.Measure(model.At(b), lab.Development), Alarms: Alarms(model.At(b)))).ToList();
var (bias, best, alarms) = points.OrderByDescending(p => p.Scores.Surpasses(lab.Peer, lab.PeerCharacters)).ThenBy(p => p.Alarms)
    .ThenByDescending(p => p.Scores.Objective(lab.LeakWeight)).First();
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
using (var stream = File.Create(output)) model.At(bias).Save(stream);
Console.WriteLine(
    $"saved with bias {string.Join(' ', bias)}{(best.Surpasses(lab.Peer, lab.PeerCharacters) ? "" : ", not above its peer")}, {alarms} " +
    $"false alarms in {clean.Count} texts that name nobody: {ModelScores.Measure(EntityModel.Load(output), lab.Development)}, " +
    $"{new FileInfo(output).Length / 1e6:F2} MB");
return 0;

int Alarms(EntityModel at) => isChinese ? FalseAlarms.Count(at, other, clean) : FalseAlarms.Count(other, at, clean);

// the mean of several trainings, each in another order
CrfWeights Train()
{
    var runs = new (float[] Weights, float[] Transitions, double Loss)[lab.Runs];
    Parallel.For(0, lab.Runs, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, run =>
    {
        runs[run] = new Trainer(lab, rate: 0.05f, decay: 0.001f)
            .Train([.. lab.Training(run).Select(s => s.Normalized())], seed: 1 + 100 * run);
        Console.WriteLine($"training {run + 1} of {lab.Runs}: loss {runs[run].Loss:F3}, {clock.Elapsed.TotalSeconds:F0} s");
    });
    static float[] Mean(IReadOnlyList<float[]> all)
    {
        var mean = new float[all[0].Length];
        foreach (var each in all)
            for (var i = 0; i < mean.Length; i++) mean[i] += each[i] / all.Count;
        return mean;
    }
    return CrfWeights.Round(Mean([.. runs.Select(r => r.Weights)]), Mean([.. runs.Select(r => r.Transitions)]));
}
