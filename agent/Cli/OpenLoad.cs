using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Serving;

namespace EdgeAgent.Cli;

/// <summary>What <c>bench --load</c> offers.</summary>
/// <param name="Factors">Multiples of the capacity.</param>
/// <param name="Prompt">Mean prompt tokens; each prompt has half to half as much again.</param>
/// <param name="Generate">Mean answer tokens, likewise.</param>
internal sealed record LoadPlan(IReadOnlyList<double> Factors, TimeSpan Duration, TimeSpan Deadline, int Seed, int Clients, int Prompt,
    int Generate);

/// <summary>What came of one load. Times are from the moment a question was due, so that a late generator of load hides nothing.</summary>
/// <param name="Answered">Complete before the deadline.</param>
/// <param name="Late">Admitted, and not complete before the deadline.</param>
/// <param name="Withdrawn">Admitted, and refused before the deadline, since others came first.</param>
/// <param name="Refused">Refused at once.</param>
/// <param name="Goodput">Answers a second that were complete before their deadline, within the time of the load.</param>
internal sealed record LoadFigures(double Factor, int Asked, int Answered, int Late, int Withdrawn, int Refused, double Goodput)
{
    public double RefusalP50Ms { get; init; }
    public double RefusalP99Ms { get; init; }
    public double AnswerP50Ms { get; init; }
    public double AnswerP99Ms { get; init; }
    public double MemoryBeforeMb { get; init; }
    public double MemoryAfterMb { get; init; }

    /// <summary>Of the admitted, 0..1.</summary>
    public double LateShare => Late / (double)Math.Max(1, Answered + Late + Withdrawn);

    /// <summary>Of the admitted, 0..1.</summary>
    public double WithdrawnShare => Withdrawn / (double)Math.Max(1, Answered + Late + Withdrawn);
}

/// <summary>Asks a student questions at times that do not depend on its answers: Poisson arrivals, seeded.</summary>
internal sealed class OpenLoad(Student student, LoadPlan plan, TimeProvider clock)
{
    private enum Outcome { Answered, Late, Withdrawn, Refused }

    private readonly record struct Reply(Outcome Outcome, double Milliseconds, bool IsWithinLoad);

    private const double CapacitySeconds = 5;

    /// <summary>Answers a second with every row busy and no deadline.</summary>
    public async Task<double> CapacityAsync()
    {
        await RoundAsync(1).ConfigureAwait(false); // warm-up: step times of every batch size
        return await RoundAsync(Math.Min(CapacitySeconds, plan.Duration.TotalSeconds)).ConfigureAwait(false);
    }

    private async Task<double> RoundAsync(double seconds)
    {
        var random = new Random(plan.Seed);
        var (start, answered, ended) = (clock.GetTimestamp(), 0, 0L);
        // as many again wait, so that a row that ends is followed at once
        await Task.WhenAll(Enumerable.Range(0, 2 * student.Rows).Select(client => Task.Run(async () =>
        {
            while (clock.GetElapsedTime(start).TotalSeconds < seconds)
            {
                GenerationRequest request;
                lock (random) request = Next(random, $"capacity {client}");
                await EndAsync(student.Engine.Submit(request)).ConfigureAwait(false);
                Interlocked.Exchange(ref ended, clock.GetTimestamp());
                Interlocked.Increment(ref answered);
            }
        }))).ConfigureAwait(false);
        return answered / clock.GetElapsedTime(start, ended).TotalSeconds;
    }

    public async Task<LoadFigures> RunAsync(double factor, double capacity)
    {
        var random = new Random(plan.Seed);
        var replies = new List<Task<Reply>>();
        var before = Memory();
        var start = clock.GetTimestamp();
        for (var due = 0d; due < plan.Duration.TotalSeconds; due += -Math.Log(1 - random.NextDouble()) / (factor * capacity))
        {
            var early = TimeSpan.FromSeconds(due) - clock.GetElapsedTime(start);
            if (early > TimeSpan.Zero) await Task.Delay(early, clock).ConfigureAwait(false);
            var at = start + (long)(due * clock.TimestampFrequency);
            var request = Next(random, $"client {random.Next(plan.Clients)}") with
            {
                Deadline = at + (long)(plan.Deadline.TotalSeconds * clock.TimestampFrequency),
            };
            replies.Add(AskAsync(request, at, start));
        }
        var all = await Task.WhenAll(replies).ConfigureAwait(false);
        int Count(Outcome outcome) => all.Count(r => r.Outcome == outcome);
        var refusals = Sorted(all, Outcome.Refused);
        var answers = Sorted(all, Outcome.Answered);
        return new LoadFigures(factor, all.Length, Count(Outcome.Answered), Count(Outcome.Late), Count(Outcome.Withdrawn),
            Count(Outcome.Refused), all.Count(r => r is { Outcome: Outcome.Answered, IsWithinLoad: true }) / plan.Duration.TotalSeconds)
        {
            RefusalP50Ms = At(refusals, 0.5),
            RefusalP99Ms = At(refusals, 0.99),
            AnswerP50Ms = At(answers, 0.5),
            AnswerP99Ms = At(answers, 0.99),
            MemoryBeforeMb = before,
            MemoryAfterMb = Memory(),
        };
    }

    private async Task<Reply> AskAsync(GenerationRequest request, long dueAt, long start)
    {
        double Elapsed() => clock.GetElapsedTime(dueAt).TotalMilliseconds;
        Generation generation;
        try
        {
            generation = student.Engine.Submit(request);
        }
        catch (EngineBusyException)
        {
            return new Reply(Outcome.Refused, Elapsed(), false);
        }
        var left = clock.GetElapsedTime(clock.GetTimestamp(), request.Deadline);
        using var expiry = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock);
        using var _ = expiry.Token.Register(generation.Cancel);
        var finish = await EndAsync(generation).ConfigureAwait(false);
        var elapsed = Elapsed();
        var outcome = finish is FinishReason.Stop or FinishReason.Length && elapsed <= plan.Deadline.TotalMilliseconds ? Outcome.Answered
            : finish == FinishReason.Refused ? Outcome.Withdrawn : Outcome.Late;
        return new Reply(outcome, elapsed, clock.GetElapsedTime(start) <= plan.Duration);
    }

    private static async Task<FinishReason> EndAsync(Generation generation)
    {
        await foreach (var e in generation.Events.ReadAllAsync().ConfigureAwait(false))
        {
            if (e.Finish == FinishReason.Failed) throw new InferenceException(e.Error ?? "the step failed");
            if (e.Finish is { } finish) return finish;
        }
        throw new InferenceException("the answer had no end");
    }

    private GenerationRequest Next(Random random, string client)
    {
        var ids = new int[Around(random, plan.Prompt)];
        for (var i = 0; i < ids.Length; i++) ids[i] = random.Next(student.Tokenizer.Size);
        return new GenerationRequest(ids, new SamplingOptions { MaxTokens = Around(random, plan.Generate), IgnoreEos = true })
        {
            Client = client,
        };
    }

    private static int Around(Random random, int mean) => Math.Max(1, random.Next(mean / 2, mean * 3 / 2 + 1));

    private static List<double> Sorted(Reply[] replies, Outcome outcome) =>
        [.. replies.Where(r => r.Outcome == outcome).Select(r => r.Milliseconds).Order()];

    /// <summary>The value below which a share of the sorted values lies; 0 without any.</summary>
    internal static double At(List<double> sorted, double share) =>
        sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];

    private static double Memory() => Environment.WorkingSet / 1e6;
}
