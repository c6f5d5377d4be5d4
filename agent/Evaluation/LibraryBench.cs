using System.Globalization;
using System.Text;
using EdgeAgent.Knowledge;

namespace EdgeAgent.Evaluation;

/// <summary>What a library costs: figures of one thread.</summary>
/// <param name="TextBytes">UTF-8 bytes of the passages.</param>
/// <param name="IndexSeconds">Processor time to build the index of passages that are in memory, garbage collection included.</param>
/// <param name="TextMegabytes">Memory of the passages.</param>
/// <param name="IndexMegabytes">Memory of the index.</param>
/// <param name="P50Milliseconds">Time of a question, median.</param>
/// <param name="P99Milliseconds">Time of a question, 99th percentile.</param>
internal sealed record LibraryFigures(int Passages, long TextBytes, double IndexSeconds, double TextMegabytes, double IndexMegabytes,
    double P50Milliseconds, double P99Milliseconds);

/// <summary>
/// Measures the index on made-up manuals of any size: words of Zipf's frequencies in both languages, codes and figures, passages of the
/// length that real ones have. The same every time.
/// </summary>
internal static class LibraryBench
{
    private const int Vocabulary = 60_000, PassagesPerDocument = 500, PassagesPerPage = 3, WarmUps = 20, MinWords = 40, MaxWords = 110;

    private static readonly string[] Units = ["Nm", "mm", "bar", "V", "kg", "min"];

    /// <param name="passages">1..1,000,000.</param>
    /// <param name="questions">Questions that are timed.</param>
    public static LibraryFigures Run(int passages, int questions, TimeProvider clock)
    {
        var random = new Random(7);
        var before = Memory();
        var documents = Make(passages, random);
        var withText = Memory();
        var used = Environment.CpuUsage.TotalTime;
        var library = new Library(documents);
        var seconds = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        var withIndex = Memory();
        var times = new List<double>();
        for (var i = 0; i < questions + WarmUps; i++)
        {
            var question = Question(documents[random.Next(documents.Count)].Passages, random);
            var begin = clock.GetTimestamp();
            library.Find(question, 12);
            if (i >= WarmUps) times.Add(clock.GetElapsedTime(begin).TotalMilliseconds);
        }
        times.Sort();
        GC.KeepAlive(library);
        return new LibraryFigures(passages, documents.Sum(d => d.Passages.Sum(p => (long)Encoding.UTF8.GetByteCount(p.Text))), seconds,
            (withText - before) / 1e6, (withIndex - withText) / 1e6, times[times.Count / 2], times[(int)(times.Count * 0.99)]);
    }

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    private static List<(SourceDocument Document, IReadOnlyList<Passage> Passages)> Make(int count, Random random)
    {
        var documents = new List<(SourceDocument, IReadOnlyList<Passage>)>();
        for (var made = 0; made < count; made += PassagesPerDocument)
        {
            var number = documents.Count;
            var isChinese = number % 2 == 1;
            documents.Add((new SourceDocument($"manual-{number}.pdf", $"Manual {number}", "v", isChinese ? "zh" : "en"),
                [.. Enumerable.Range(0, Math.Min(PassagesPerDocument, count - made)).Select(i => new Passage(Text(isChinese, random),
                    1 + i / PassagesPerPage, $"{1 + i / 50} {Word(isChinese, random)} > {1 + i / 10} {Word(isChinese, random)}",
                    1000 * i))]));
        }
        return documents;
    }

    private static string Text(bool isChinese, Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(MinWords, MaxWords); i > 0; i--)
            text.Append(random.Next(40) switch
            {
                0 => string.Create(CultureInfo.InvariantCulture, $"{Letter(random)}{Letter(random)}-{random.Next(999)}"),
                1 => string.Create(CultureInfo.InvariantCulture, $"{random.Next(1, 500)} {Units[random.Next(Units.Length)]}"),
                _ => Word(isChinese, random)
            }).Append(isChinese ? i % 12 == 0 ? "，" : "" : " ");
        return text.ToString();
    }

    private static char Letter(Random random) => (char)('A' + random.Next(26));

    /// <summary>A word by Zipf's law: rank r as often as 1 / r.</summary>
    private static string Word(bool isChinese, Random random)
    {
        var rank = (int)Math.Pow(Vocabulary, random.NextDouble());
        if (isChinese) return $"{(char)(0x4e00 + rank % 3500)}{(char)(0x4e00 + rank * 31 % 3500)}";
        var word = new StringBuilder();
        for (var rest = rank + 30; rest > 0; rest /= 18) word.Append("bcdfghklmnprstvwyz"[rest % 18]).Append("aeiou"[rest % 5]);
        return word.ToString();
    }

    /// <summary>Six words of a passage.</summary>
    private static string Question(IReadOnlyList<Passage> passages, Random random)
    {
        var text = passages[random.Next(passages.Count)].Text;
        var start = random.Next(Math.Max(1, text.Length - 40));
        return text.Substring(start, Math.Min(40, text.Length - start));
    }
}
