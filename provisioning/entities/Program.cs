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
float Setting(string name, float otherwise) => float.TryParse(Environment.GetEnvironmentVariable(name), System.Globalization.CultureInfo.InvariantCulture, out var v) ? v : otherwise;
var trainer = new Trainer(lab.Features, lab.Lexicon, lab.Log2Rows, Setting("RATE", 0.05f), Setting("DECAY", 0.001f), Setting("DROP", 0.1f));
var tagger = trainer.Train(lab.Training, (int)Setting("EPOCHS", lab.Epochs), seed: 1, (epoch, loss) => Console.WriteLine($"epoch {epoch + 1}: loss {loss:F3}, {clock.Elapsed.TotalSeconds:F0} s"));
var bestBias = 0f;
var bestScore = 0.0;
foreach (var bias in new[] { 0.5f, 0.25f, 0, -0.25f, -0.5f, -0.75f, -1, -1.5f })
{
    var scores = Scores.Measure(new EntityModel(lab.Features, lab.Lexicon, tagger, bias), lab.Development);
    Console.WriteLine($"bias {bias,4}: {scores}");
    if (scores.RecallBiased > bestScore) (bestBias, bestScore) = (bias, scores.RecallBiased);
}
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
using (var stream = File.Create(output)) new EntityModel(lab.Features, lab.Lexicon, tagger, bestBias).Save(stream);
var model = EntityModel.Load(output);
Console.WriteLine($"saved with bias {bestBias}: {Scores.Measure(model, lab.Development)}, {new FileInfo(output).Length / 1e6:F2} MB");
return 0;

internal sealed record Lab(IFeatures Features, Lexicon Lexicon, IReadOnlyList<Sentence> Training, IReadOnlyList<Sentence> Development, int Epochs, int Log2Rows);
