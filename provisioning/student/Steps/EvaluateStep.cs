using System.Globalization;
using System.Text;
using EdgeAgent.Platform;

namespace EdgeAgent.Lab;

/// <summary><c>evaluate</c>: teacher and student on the held-out examples, greedy, scored by key facts.</summary>
internal static class EvaluateStep
{
    private const int Batch = 32, MostAnswerTokens = 96;

    public static void Run(LabFolder folder)
    {
        var o = folder.Options;
        var examples = DataSet.Read(LabFolder.Needed(folder.HeldOut, "data"));
        var text = new StringBuilder("# Held-out examples\n");
        foreach (var (name, file, sizes) in new[]
        {
            ("teacher", folder.Teacher, o.Teacher), (o.Name, folder.Student, o.Student),
            ($"{o.Name} after its own answers", folder.OwnAnswers, o.Student),
        })
        {
            if (!File.Exists(file)) continue;
            var tokenizer = folder.Tokenizer();
            var encoder = new RowEncoder(tokenizer);
            using var net = folder.LoadNet(sizes, tokenizer.Size, file, "distil");
            var losses = HeldOutLoss.Of(net, examples, encoder);
            var scores = Score(net, examples, encoder);
            text.Append($"\n## {name}\n\n").Append(Scores.Table(scores)).Append('\n');
            foreach (var stage in scores.Select(s => s.Stage).Distinct())
            {
                var line = string.Create(CultureInfo.InvariantCulture,
                    $"{stage}: {Scores.Stage(scores, stage).Share:P1} right, {losses[stage]:F3} nats an answer token");
                text.Append("- ").Append(line).Append('\n');
                Console.WriteLine($"{name}: {line}");
            }
        }
        DurableFile.Write(folder.Of("held-out.md"), s => s.Write(Encoding.UTF8.GetBytes(text.ToString())));
        Agent.Evaluate(folder);
    }

    private static IReadOnlyList<Score> Score(StudentNet net, IReadOnlyList<Example> examples, RowEncoder encoder)
    {
        var writer = new Writer(net, encoder.End);
        var answered = new List<(Example, bool)>();
        foreach (var chunk in examples.OrderBy(e => encoder.Question(e).Length).Chunk(Batch))
        {
            var answers = writer.Write([.. chunk.Select(encoder.Question)], MostAnswerTokens);
            answered.AddRange(chunk.Select((e, i) => (e, AnswerCheck.IsRight(e, encoder.Text(answers[i])))));
        }
        return Scores.Of(answered);
    }
}
