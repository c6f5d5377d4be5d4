using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Lab;

/// <summary><c>data</c>: training and held-out examples, suites for edge-agent eval, calibration text, data card, tokenizer.</summary>
internal static class DataStep
{
    private const int TokenizerTexts = 20_000, CalibrationTexts = 2000;

    private static readonly JsonSerializerOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Run(LabFolder folder)
    {
        var o = folder.Options;
        var stages = StageSet.Read(folder.Corpus, o.CellShare);
        var data = DataSet.Make(stages, o.Mix, o.Examples, o.HeldOut, o.Seed);
        DataSet.Write(folder.Train, data.Train);
        DataSet.Write(folder.HeldOut, data.HeldOut);
        DurableFile.Write(Path.Combine(folder.Work, "data", "card.md"),
            s => s.Write(System.Text.Encoding.UTF8.GetBytes(DataCard.Write(data, o.Mix, o.Seed))));
        foreach (var stage in data.HeldOut.GroupBy(e => e.Stage))
            WriteLines(Path.Combine(folder.Work, "data", $"suite-{stage.Key}.jsonl"), stage.Select(Question));
        WriteLines(folder.Calibration, data.Train.Take(CalibrationTexts)
            .Select(e => JsonSerializer.Serialize(new { text = Marks.Turn(e) }, Relaxed)));
        if (!File.Exists(folder.TokenizerFile))
        {
            if (o.Tokenizer is { } file) File.Copy(file, folder.TokenizerFile);
            else
            {
                var texts = data.Train.Take(TokenizerTexts).SelectMany(e => new[] { e.Question, e.Answer });
                File.WriteAllBytes(folder.TokenizerFile, BytePairTrainer.Train(texts, o.Vocabulary, Marks.All));
            }
        }
        Console.WriteLine($"{data.Train.Count} training and {data.HeldOut.Count} held-out examples, {data.Duplicates} duplicates dropped; "
            + $"{Path.Combine(folder.Work, "data", "card.md")}");
    }

    /// <summary>The held-out questions of the cell as suites of `edge-agent eval`, in the checkout.</summary>
    public static void Suites(LabFolder folder)
    {
        var suites = Directory.CreateDirectory(Path.Combine(folder.Source, "suites")).FullName;
        foreach (var group in HeldOut.Examples(new Corpus(folder.Corpus)).GroupBy(e => e.Kind))
        {
            WriteLines(Path.Combine(suites, group.Key + ".jsonl"), group.Select(Question));
            Console.WriteLine($"{group.Key}: {group.Count()} questions");
        }
    }

    private static string Question(Example e) => JsonSerializer.Serialize(new
    {
        question = e.Question,
        kind = e.Kind,
        language = Corpus.Languages[e.Language],
        facts = e.Facts.Count > 0 ? e.Facts : [e.Answer],
    }, Relaxed);

    private static void WriteLines(string file, IEnumerable<string> lines) =>
        DurableFile.Write(file, s => s.Write(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n")));
}
