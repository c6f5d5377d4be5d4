using System.Diagnostics;
using System.Globalization;
using System.Text;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Structured;

namespace EdgeAgent.Benchmarks;

/// <summary>
/// What a format costs a token at 150,000 tokens: the mask and the step of the automaton, cold (the first answer in a format) and warm,
/// without sampling; and the time to compile a format. The vocabulary is generated: the bytes, Chinese characters, words of letters with
/// and without a space before them, numbers, and runs of punctuation, lengths as in published byte-level vocabularies.
/// </summary>
internal static class StructuredBenchmark
{
    private const int Vocabulary = 150_000, Answers = 30, MaxTokens = 200;
    private const double MaxMean = 0.1, MaxP99 = 1; // milliseconds

    private static readonly (string Name, AnswerFormat Format)[] Formats =
    [
        ("json_object", new(FormatKind.JsonObject, "")),
        ("alarm report", new(FormatKind.JsonSchema, """
            {"type":"object","properties":{"alarm":{"type":"string","pattern":"^[A-Z]{2}-[0-9]{1,3}$"},
             "severity":{"enum":["low","medium","high"]},
             "cause":{"type":"string","maxLength":200},"steps":{"type":"array","items":{"type":"string","maxLength":120},"maxItems":8},
             "stop_machine":{"type":"boolean"},"temperature_c":{"type":"number","minimum":-40,"maximum":150.5}},
             "required":["alarm","severity","cause","steps","stop_machine"]}
            """)),
        ("tree", new(FormatKind.JsonSchema, """
            {"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"name":{"type":"string"},"count":{"type":"integer"},
             "parts":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["name","parts"]}}}
            """)),
        ("30 optional members", new(FormatKind.JsonSchema, "{\"type\":\"object\",\"properties\":{"
            + string.Join(',', Enumerable.Range(0, 30).Select(i => $"\"field_{i}\":{{\"type\":[\"string\",\"null\"]}}")) + "}}")),
        ("dates and ids", new(FormatKind.JsonSchema, """
            {"type":"array","items":{"type":"object","properties":{"id":{"type":"string","format":"uuid"},"at":{"type":"string",
             "format":"date-time"},"by":{"type":"string","format":"email"}},"required":["id","at","by"]}}
            """)),
        ("regex", new(FormatKind.Regex, @"(Step \d+: [^\n]{1,80}\n){1,9}Done\.")),
        ("choice of 200", new(FormatKind.Choice,
            "[" + string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"alarm SP-{i * 7}\"")) + "]")),
    ];

    public static int Run(bool check)
    {
        var tokens = Tokens();
        var start = Stopwatch.GetTimestamp();
        var trie = new TokenTrie(tokens, Vocabulary);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"vocabulary of {Vocabulary}: trees built once in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms, " +
            $"{trie.All.Nodes.Length} nodes, {trie.Others.Ids.Length} tokens are not plain"));
        Measure(trie, Formats[0].Format, new Random(0)); // warm-up of the code
        List<double> all = [];
        foreach (var (name, format) in Formats)
        {
            var (compile, times) = Measure(trie, format, new Random(1));
            all.AddRange(times);
            Report(name, times, $", compiled in {compile:F1} ms");
        }
        Report("all", all, "");
        var (mean, _, p99) = Figures(all);
        return check && (mean > MaxMean || p99 > MaxP99) ? 1 : 0;
    }

    private static (double CompileMilliseconds, List<double> Times) Measure(TokenTrie trie, AnswerFormat format, Random random)
    {
        var start = Stopwatch.GetTimestamp();
        var automaton = new TokenAutomaton(Grammar.Compile(format), trie, [Vocabulary - 1]);
        var compile = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var times = new List<double>();
        var logits = SamplingBenchmark.Logits(random);
        for (var answer = 0; answer < Answers; answer++)
        {
            var constraint = new TokenConstraint(automaton);
            var sampler = new Sampler(new SamplingOptions { Temperature = 1.5f, Seed = (ulong)random.NextInt64() });
            for (var step = 0; step < MaxTokens && !constraint.IsComplete; step++)
            {
                start = Stopwatch.GetTimestamp();
                var mask = constraint.Mask;
                var took = Stopwatch.GetElapsedTime(start);
                // a student ends its strings and lists: now and then, so do these answers
                var id = random.Next(4) == 0 && "\"}],".FirstOrDefault(c => mask.Allows(c)) is var close and not '\0' ? close
                    : sampler.Next(logits, mask);
                if (id == Vocabulary - 1) break;
                start = Stopwatch.GetTimestamp();
                constraint.Take(id);
                times.Add((took + Stopwatch.GetElapsedTime(start)).TotalMilliseconds);
            }
        }
        return (compile, times);
    }

    private static void Report(string name, List<double> times, string more)
    {
        var (mean, p50, p99) = Figures(times);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-20} {times.Count,6} tokens: mean {mean:F3} ms, p50 {p50:F4}, p99 {p99:F3}, greatest {times.Max():F2}{more}"));
    }

    private static (double Mean, double P50, double P99) Figures(List<double> times)
    {
        var sorted = times.Order().ToList();
        return (sorted.Average(), sorted[sorted.Count / 2], sorted[sorted.Count * 99 / 100]);
    }

    /// <summary>[150,000] distinct tokens; ids 0..255 are the bytes, the last one is the end.</summary>
    private static byte[][] Tokens()
    {
        var random = new Random(2);
        var known = new HashSet<string>();
        var tokens = Enumerable.Range(0, 256).Select(b => new[] { (byte)b }).ToList();
        string Letters(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => (char)('a' + random.Next(26))));
        string Run(string of, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => of[random.Next(of.Length)]));
        while (tokens.Count < Vocabulary - 1)
        {
            var word = Letters(1 + (int)(random.NextDouble() * random.NextDouble() * 12));
            var text = random.Next(20) switch
            {
                < 8 => " " + word,
                < 12 => word,
                < 13 => char.ToUpperInvariant(word[0]) + word[1..],
                < 16 => Run("的一是在主轴报警停止机床温度检查压力系统启动复位传感器故障处理请先关闭电源然后", 1 + random.Next(4)),
                < 17 => (char)random.Next(0x4E00, 0x9FA5) + "",
                < 18 => Run("0123456789", 1 + random.Next(3)),
                < 19 => Run("\"'{}[](),.:;=<>/\\-_ \n\t", 1 + random.Next(4)) + (random.Next(3) == 0 ? word : ""),
                _ => (random.Next(2) == 0 ? "\"" : "_") + word + Run("\"':,=(", random.Next(3)),
            };
            if (text.Length > 0 && Encoding.UTF8.GetByteCount(text) > 1 && known.Add(text)) tokens.Add(Encoding.UTF8.GetBytes(text));
        }
        return [.. tokens, []];
    }
}
