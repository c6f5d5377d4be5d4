using System.Diagnostics;
using System.Globalization;
using EdgeAgent.Answers;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Privacy;

namespace EdgeAgent.Benchmarks;

/// <summary>
/// Time of a lookup among 20,000 phrasings: at rest, beside a thread that only computes, and while a thread writes corrections without
/// a pause, each of which rebuilds the index. Lookups are timed one by one on one thread. Rounds of the three kinds are interleaved and
/// medians over the rounds compared, so that other load on the machine weighs on all. A busy machine has a thread wait for a core
/// longer than a lookup takes; the computing thread shows how much of the time that is.
/// </summary>
internal static class LookupBenchmark
{
    private const int Entries = 2000, PhrasingsPerEntry = 10, LearnedAnswers = 1000, Rounds = 9, Exact = 20_000, Similar = 1000;

    /// <summary>
    /// Greatest p99 during rebuilds, as a multiple of the p99 at rest or, where that is greater, beside a computing thread.
    /// </summary>
    private const double MaxRatio = 2;

    public static async Task<int> RunAsync(bool check)
    {
        var folder = Directory.CreateTempSubdirectory("edge-agent-lookup-").FullName;
        try
        {
            var desensitizer = Desensitizer.Create(new PrivacyOptions());
            await using var cache = new AnswerCache(Path.Combine(folder, "answers.db"), desensitizer, new AnswerOptions(), "bench",
                TimeProvider.System);
            cache.Serve("m");
            var (exact, similar) = Fill(cache, desensitizer);
            Measure(cache, exact, similar); // warm-up
            List<Figures> rest = [], computing = [], busy = [];
            long rebuilds = 0;
            var rebuilding = TimeSpan.Zero;
            for (var round = 0; round < Rounds; round++)
            {
                rest.Add(Measure(cache, exact, similar));
                Beside(_ => Thread.SpinWait(1000), () => computing.Add(Measure(cache, exact, similar)));
                var begin = Stopwatch.GetTimestamp();
                rebuilds += Beside(
                    n => cache.Correct([new AnswerEntry { Id = "changing", Questions = [$"question {n}"], Answer = "an answer" }]),
                    () => busy.Add(Measure(cache, exact, similar)));
                rebuilding += Stopwatch.GetElapsedTime(begin);
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Entries * PhrasingsPerEntry} phrasings, {Environment.ProcessorCount} cores, medians of {Rounds} rounds; " +
                $"{rebuilds} rebuilds of {rebuilding.TotalMilliseconds / rebuilds:F0} ms"));
            var isWithin = Report("exact", rest, computing, busy, f => f.Exact);
            isWithin &= Report("similar", rest, computing, busy, f => f.Similar);
            return check && !isWithin ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Sorted times of one round, microseconds.</summary>
    private sealed record Figures(double[] Exact, double[] Similar);

    private static (Scrubbed[] Exact, Scrubbed[] Similar) Fill(AnswerCache cache, Desensitizer desensitizer)
    {
        var random = new Random(3);
        string[] words = [.. Enumerable.Range(0, 3000)
            .Select(i => $"w{(char)('a' + i % 26)}{(char)('a' + i / 26 % 26)}{(char)('a' + i / 676)}")];
        string Question() =>
            string.Join(' ', Enumerable.Range(0, 8).Select(_ => words[(int)(words.Length * Math.Pow(random.NextDouble(), 2))]));
        var entries = Enumerable.Range(0, Entries).Select(i => new AnswerEntry
        {
            Id = $"e{i}",
            Questions = [.. Enumerable.Range(0, PhrasingsPerEntry).Select(_ => Question())],
            Answer = $"answer {i}"
        }).ToList();
        cache.Correct(entries);
        var learned = Enumerable.Range(0, LearnedAnswers).Select(i => desensitizer.Scrub($"{Question()} learned")).ToList();
        foreach (var (i, question) in learned.Index())
            for (var asked = 0; asked < 2; asked++)
                cache.Learn(new Candidate($"l{i}", question, desensitizer.Scrub("an answer"), "m", IsComplete: true, IsPlain: true));
        var known = entries.SelectMany(e => e.Questions).Select(desensitizer.Scrub).Concat(learned).ToArray();
        random.Shuffle(known);
        return (known[..Exact], [.. Enumerable.Range(0, Similar).Select(_ => desensitizer.Scrub(Question()))]);
    }

    private static Figures Measure(AnswerCache cache, Scrubbed[] exact, Scrubbed[] similar) =>
        new(Times(cache, exact, allowSimilar: false), Times(cache, similar, allowSimilar: true));

    private static double[] Times(AnswerCache cache, Scrubbed[] questions, bool allowSimilar)
    {
        var times = new double[questions.Length];
        for (var i = 0; i < questions.Length; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            cache.Find(questions[i], allowSimilar);
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
        }
        Array.Sort(times);
        return times;
    }

    /// <summary>Measures beside a thread that repeats something; returns how often it did.</summary>
    private static long Beside(Action<long> work, Action measure)
    {
        var stop = false;
        long done = 0;
        using var begun = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                begun.Set();
                work(done++);
            }
        });
        thread.Start();
        begun.Wait();
        measure();
        Volatile.Write(ref stop, true);
        thread.Join();
        return done;
    }

    private static bool Report(string kind, List<Figures> rest, List<Figures> computing, List<Figures> busy, Func<Figures, double[]> times)
    {
        double Of(List<Figures> rounds, double share) =>
            rounds.Select(r => times(r)[(int)(share * (times(r).Length - 1))]).Order().ElementAt(rounds.Count / 2);
        string Text(List<Figures> rounds) => string.Create(CultureInfo.InvariantCulture,
            $"p50 {Of(rounds, 0.5):F0} us, p99 {Of(rounds, 0.99):F0} us, longest {Of(rounds, 1):F0} us");
        var ratio = Of(busy, 0.99) / Math.Max(Of(rest, 0.99), Of(computing, 0.99));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kind}: at rest {Text(rest)}; beside a computing thread {Text(computing)}; during rebuilds {Text(busy)}; p99 {ratio:F2}x"));
        return ratio <= MaxRatio;
    }
}
