using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Lab;

/// <summary>Training and held-out examples, without duplicates, each part with its own sentences and facts.</summary>
internal sealed record DataSet(IReadOnlyList<Example> Train, IReadOnlyList<Example> HeldOut, int Duplicates)
{
    private const int MaxTries = 20;

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Draws examples. The same seed and sizes give the same data.</summary>
    /// <param name="train">Training examples that are wanted; fewer come where the stages cannot make as many different ones.</param>
    /// <param name="heldOut">Held-out examples of each stage.</param>
    public static DataSet Make(IReadOnlyDictionary<string, IStage> stages, StageMix mix, int train, int heldOut, int seed)
    {
        var random = new Random(seed);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var held = new List<Example>();
        var duplicates = 0;
        foreach (var stage in stages.Values)
            for (var i = 0; i < heldOut; i++) Add(held, r => stage.Next(r, Part.HeldOut));
        var trained = new List<Example>();
        for (var i = 0; i < train; i++)
        {
            var stage = stages[mix.At(random.NextDouble())];
            Add(trained, r => stage.Next(r, Part.Train));
        }
        return new DataSet(trained, held, duplicates);

        void Add(List<Example> to, Func<Random, Example> next)
        {
            for (var tries = 0; tries < MaxTries; tries++)
            {
                var example = next(random);
                if (seen.Add(Normal(example.Question)))
                {
                    to.Add(example);
                    return;
                }
                duplicates++;
            }
        }
    }

    /// <summary>What counts as the same question: without case, white space and the punctuation at the end.</summary>
    internal static string Normal(string question) =>
        string.Concat(question.Where(c => !char.IsWhiteSpace(c))).ToUpperInvariant().TrimEnd('?', '.', '!', '。', '\uFF1F', '\uFF01');

    public static void Write(string file, IEnumerable<Example> examples) => DurableFile.Write(file, stream =>
    {
        foreach (var example in examples)
        {
            JsonSerializer.Serialize(stream, example, Relaxed);
            stream.WriteByte((byte)'\n');
        }
    });

    public static IReadOnlyList<Example> Read(string file) =>
        [.. TextFile.ReadLines(file).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize<Example>(l, Relaxed)!)];
}
