using System.Diagnostics;
using System.Globalization;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Tests.Inference.Sampling;

namespace EdgeAgent.Benchmarks;

/// <summary>
/// Milliseconds to sample one step of 16 rows at 150,000 tokens, one thread, in turns with a sort of the whole vocabulary. The logits are
/// normal (standard deviation 2.5) with 20 tokens well above, as a language model's are.
/// </summary>
internal static class SamplingBenchmark
{
    private const int Vocabulary = 150_000, Rows = 16, Rounds = 12;
    private const double MinRatio = 10;

    public static int Run(bool check)
    {
        var random = new Random(1);
        var logits = Enumerable.Range(0, Rows).Select(_ => Logits(random)).ToArray();
        var isWithin = true;
        foreach (var (name, options) in new (string, SamplingOptions)[]
        {
            ("greedy", new()),
            ("temperature 0.8", new() { Temperature = 0.8f }),
            ("temperature 0.8, top-p 0.95", new() { Temperature = 0.8f, TopP = 0.95f }),
            ("temperature 0.8, top-k 50", new() { Temperature = 0.8f, TopK = 50 }),
            ("temperature 0.8, min-p 0.05, penalty 1.1", new() { Temperature = 0.8f, MinP = 0.05f, RepetitionPenalty = 1.1f }),
            ("temperature 2, top-p 0.99", new() { Temperature = 2, TopP = 0.99f }),
        })
        {
            var samplers = Enumerable.Range(0, Rows).Select(i => new Sampler(options with { Seed = (ulong)i })).ToArray();
            var sorted = Enumerable.Range(0, Rows).Select(i => new ReferenceSampler(options with { Seed = (ulong)i })).ToArray();
            List<double> ours = [], theirs = [];
            for (var round = 0; round < Rounds; round++)
            {
                ours.Add(Time(row => samplers[row].Next(logits[row])));
                if (round < Rounds / 4) theirs.Add(Time(row => sorted[row].Next(logits[row])));
            }
            var (now, before) = (Median(ours), Median(theirs));
            isWithin &= options.Temperature <= 0 || before / now >= MinRatio;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-42} {now,8:F2} ms a step, sorted {before,8:F1} ms: {before / now,6:F0} x"));
        }
        return check && !isWithin ? 1 : 0;

        double Time(Action<int> sample)
        {
            var start = Stopwatch.GetTimestamp();
            for (var row = 0; row < Rows; row++) sample(row);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    internal static float[] Logits(Random random)
    {
        var logits = new float[Vocabulary];
        for (var i = 0; i < Vocabulary; i++)
            logits[i] = (float)(2.5 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        for (var i = 0; i < 20; i++) logits[random.Next(Vocabulary)] = 14 - i * 0.4f;
        return logits;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
