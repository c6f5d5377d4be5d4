using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Serving;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>bench --service</c>: what a running answer notices of a long prompt, and what a known beginning of a prompt saves.</summary>
internal sealed class ServiceBench
{
    private const int Repeats = 5, LongPrompt = 2000, PagePrompt = 1000;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2);

    private readonly Option<bool> _service = new("--service")
    {
        Description = "Measure the pace of an answer while a long prompt is read, and the first token after a known beginning.",
    };

    /// <param name="Tokens">Tokens of the prompt that was read.</param>
    private sealed record Pace(int Rows, int Tokens, double IdleP50Ms, double IdleP99Ms, double BusyP50Ms, double BusyP99Ms,
        double FirstTokenMs, double FirstTokenAloneMs);

    /// <param name="Share">Share of the prompt that was known, 0..1.</param>
    private sealed record Known(double Share, int Tokens, double ColdMs, double WarmMs);

    public void AddTo(Command command) => command.Add(_service);

    public bool IsAsked(ParseResult result) => result.GetValue(_service);

    public static void Run(Student student, TimeProvider clock, bool asJson)
    {
        var runs = new Runs(student, clock);
        runs.WarmUp();
        List<Pace> paces = [.. new[] { 1, Math.Max(1, student.Rows / 2) }.Distinct().Select(runs.PaceOf)];
        List<Known> known = student.Engine.Prefixes.Cache is null ? [] : [runs.KnownOf(0.75), runs.KnownOf(0.95)];
        if (asJson)
        {
            Console.WriteLine(ToJson(student, paces, known).ToJsonString());
            return;
        }
        Console.WriteLine($"{student.Manifest.Name} {student.Manifest.Version}, {student.Provider}");
        var pace = new Table().AddColumns("answers", "prompt", "between tokens p50/p99 ms", "while it is read p50/p99 ms", "ratio of p99",
            "its first token ms", "alone ms");
        foreach (var p in paces)
            pace.AddRow($"{p.Rows}", $"{p.Tokens}", $"{p.IdleP50Ms:F2}/{p.IdleP99Ms:F2}", $"{p.BusyP50Ms:F2}/{p.BusyP99Ms:F2}",
                $"{p.BusyP99Ms / p.IdleP99Ms:F2}", $"{p.FirstTokenMs:F0}", $"{p.FirstTokenAloneMs:F0}");
        AnsiConsole.Write(pace);
        var table = new Table().AddColumns("known", "prompt", "first token cold ms", "known ms", "ratio");
        foreach (var k in known)
            table.AddRow($"{k.Share:P0}", $"{k.Tokens}", $"{k.ColdMs:F1}", $"{k.WarmMs:F1}", $"{k.WarmMs / k.ColdMs:F3}");
        AnsiConsole.Write(table);
    }

    private static JsonObject ToJson(Student student, List<Pace> paces, List<Known> known) => new()
    {
        ["model"] = student.Manifest.Name,
        ["provider"] = student.Provider.Got.ToString(),
        ["provider_form"] = student.Provider.Form,
        ["pace"] = new JsonArray([.. paces.Select(p => (JsonNode)new JsonObject
        {
            ["answers"] = p.Rows,
            ["prompt"] = p.Tokens,
            ["idle_p50_ms"] = Math.Round(p.IdleP50Ms, 3),
            ["idle_p99_ms"] = Math.Round(p.IdleP99Ms, 3),
            ["busy_p50_ms"] = Math.Round(p.BusyP50Ms, 3),
            ["busy_p99_ms"] = Math.Round(p.BusyP99Ms, 3),
            ["first_token_ms"] = Math.Round(p.FirstTokenMs, 1),
            ["first_token_alone_ms"] = Math.Round(p.FirstTokenAloneMs, 1),
        })]),
        ["known_prefix"] = new JsonArray([.. known.Select(k => (JsonNode)new JsonObject
        {
            ["share"] = k.Share,
            ["prompt"] = k.Tokens,
            ["cold_ms"] = Math.Round(k.ColdMs, 2),
            ["warm_ms"] = Math.Round(k.WarmMs, 2),
            ["ratio"] = Math.Round(k.WarmMs / k.ColdMs, 4),
        })]),
    };

    private sealed class Runs(Student student, TimeProvider clock)
    {
        private int _seed;

        public void WarmUp() => End(Submit(Prompt(student.Context / 2), 2));

        /// <summary>Gaps between the tokens of running answers, alone and while a long prompt is read.</summary>
        public Pace PaceOf(int rows)
        {
            var tokens = Math.Min(LongPrompt, student.Context - 8);
            var (first, alone) = (new List<double>(), new List<double>());
            List<double> idle = [], busy = [];
            for (var i = 0; i < Repeats; i++)
            {
                var at = clock.GetTimestamp();
                End(Submit(Prompt(tokens), 1));
                alone.Add(Since(at));
                var streams = Enumerable.Range(0, rows).Select(_ => Submit(Prompt(8), student.Context - 16)).ToList();
                var readers = streams.Select(TimesAsync).ToList();
                Wait(streams, 64);
                var asked = clock.GetTimestamp();
                End(Submit(Prompt(tokens), 1));
                var ended = clock.GetTimestamp();
                first.Add(clock.GetElapsedTime(asked, ended).TotalMilliseconds);
                streams.ForEach(s => s.Cancel());
                foreach (var reader in readers)
                {
                    var times = reader.GetAwaiter().GetResult();
                    for (var t = 9; t < times.Count; t++) // the first steps of a stream overlap the others' prefill
                        if (times[t] <= asked) idle.Add(clock.GetElapsedTime(times[t - 1], times[t]).TotalMilliseconds);
                        else if (times[t - 1] >= asked && times[t] <= ended)
                            busy.Add(clock.GetElapsedTime(times[t - 1], times[t]).TotalMilliseconds);
                }
            }
            return new Pace(rows, tokens, At(idle, 0.5), At(idle, 0.99), At(busy, 0.5), At(busy, 0.99), At(first, 0.5), At(alone, 0.5));
        }

        /// <summary>First token of prompts of which a share was asked before.</summary>
        public Known KnownOf(double share)
        {
            var tokens = Math.Min(PagePrompt, student.Context - 8);
            var (cold, warm) = (new List<double>(), new List<double>());
            for (var i = 0; i < Repeats; i++)
            {
                var first = Prompt(tokens);
                var at = clock.GetTimestamp();
                End(Submit(first, 1));
                cold.Add(Since(at));
                int[] second = [.. first.AsSpan(0, (int)(tokens * share)), .. Prompt(tokens - (int)(tokens * share))];
                at = clock.GetTimestamp();
                End(Submit(second, 1));
                warm.Add(Since(at));
            }
            return new Known(share, tokens, At(cold, 0.5), At(warm, 0.5));
        }

        private int[] Prompt(int tokens)
        {
            var random = new Random(_seed++);
            return [.. Enumerable.Range(0, tokens).Select(_ => random.Next(student.Tokenizer.Size))];
        }

        private Generation Submit(int[] prompt, int answer) =>
            student.Engine.Submit(new GenerationRequest(prompt, new SamplingOptions { MaxTokens = answer, IgnoreEos = true }));

        private async Task<List<long>> TimesAsync(Generation generation)
        {
            var times = new List<long>();
            await foreach (var e in generation.Events.ReadAllAsync().ConfigureAwait(false))
                if (e.Id >= 0) times.Add(clock.GetTimestamp());
            return times;
        }

        private void Wait(List<Generation> streams, int tokens)
        {
            while (streams.Any(s => s.Published < tokens && !s.HasEnded)) Task.Delay(PollInterval, clock).GetAwaiter().GetResult();
        }

        private static void End(Generation generation)
        {
            while (generation.Events.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                while (generation.Events.TryRead(out _)) { }
        }

        private double Since(long at) => clock.GetElapsedTime(at).TotalMilliseconds;

        private static double At(List<double> values, double share) => OpenLoad.At([.. values.Order()], share);
    }
}
