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
var tagger = new Trainer(lab.Features, lab.Lexicon, lab.Log2Rows, rate: 0.05f, decay: 0.001f, dropout: 0.1f)
    .Train(lab.Training, lab.Epochs, seed: 1, (epoch, loss) => Console.WriteLine($"epoch {epoch + 1}: loss {loss:F3}, {clock.Elapsed.TotalSeconds:F0} s"));
// the operating point: one type after the other, as long as anything gets better
float[] bias = [0.5f, 0.5f, 0.5f];
Scores At(float[] b) => Scores.Measure(new EntityModel(lab.Features, lab.Lexicon, tagger, b), lab.Development);
var best = At(bias);
for (var better = true; better;)
{
    better = false;
    for (var type = 0; type < bias.Length; type++)
        foreach (var step in new[] { 0.5f, -0.5f, 0.25f, -0.25f })
        {
            var other = (float[])bias.Clone();
            other[type] += step;
            if (At(other) is var scores && scores.Worth <= best.Worth) continue;
            (bias, best, better) = (other, scores, true);
            Console.WriteLine($"bias {string.Join(' ', bias)}: {scores}");
        }
}
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
using (var stream = File.Create(output)) new EntityModel(lab.Features, lab.Lexicon, tagger, bias).Save(stream);
var model = EntityModel.Load(output);
Console.WriteLine($"saved with bias {string.Join(' ', bias)}: {Scores.Measure(model, lab.Development)}, {new FileInfo(output).Length / 1e6:F2} MB");
return 0;

internal sealed record Lab(IFeatures Features, Lexicon Lexicon, IReadOnlyList<Sentence> Training, IReadOnlyList<Sentence> Development, int Epochs, int Log2Rows);
