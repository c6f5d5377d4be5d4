using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Evaluation.Planning;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent bench</c>: prefill and decode speed of a bundle for several numbers of concurrent queries.</summary>
internal static class BenchCommand
{
    private const int Repeats = 3; // the best run counts: noise only slows a run down
    private const int PlanPrompt = 256;

    /// <param name="OverheadShare">Share of the steps' time outside the decoder, 0..1.</param>
    private sealed record Measurement(int Concurrency, double PrefillTokensPerSecond, double DecodeTokensPerSecond, double FirstTokenMs,
        double OverheadShare);

    public static Command Create(TimeProvider clock)
    {
        var model = new Option<string?>("--model") { Description = "A bundle; default: the bundled student." };
        var prompt = new Option<int>("--prompt") { Description = "Prompt tokens.", DefaultValueFactory = _ => 64 };
        var generate = new Option<int>("--generate") { Description = "Answer tokens.", DefaultValueFactory = _ => 64 };
        var concurrency = new Option<string>("--concurrency")
        {
            Description = "Numbers of concurrent queries, separated by commas, 1..64 each.",
            DefaultValueFactory = _ => "1,2,4,8"
        };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 takes one per core." };
        var accuracy = new Option<int>("--accuracy-level")
        {
            Description = "4: 8-bit activations in 4-bit linears; 1: float32.",
            DefaultValueFactory = _ => 4
        };
        OptionValues.Limit(accuracy, "1 or 4", n => n is 1 or 4);
        var plan = new Option<string?>("--plan")
        {
            Description = $"Arithmetic for a device instead: {string.Join(", ", BenchPlan.Names)} (measured on this machine). " +
                "--model may be a config.json then."
        };
        plan.AcceptOnlyFromAmong([.. BenchPlan.Names]);
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("bench", "Measure the prefill and decode speed of a student.") { model, prompt, generate, concurrency,
            threads, accuracy, plan, asJson };
        var (load, service) = (new LoadBench(), new ServiceBench());
        load.AddTo(command);
        service.AddTo(command);
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var directory = result.GetValue(model) ?? new AgentSettings().ModelDirectory;
            var options = new DecoderOptions { Threads = result.GetValue(threads), AccuracyLevel = result.GetValue(accuracy) };
            var sizes = (Prompt: result.GetValue(prompt), Generate: result.GetValue(generate));
            var offered = load.IsAsked(result) ? load.Plan(result, sizes.Prompt, sizes.Generate) : null;
            if (result.GetValue(plan) is { } device)
                Plan(device, directory, options, sizes, clock, result.GetValue(asJson));
            else if (offered is null && !service.IsAsked(result))
                Bench(directory, Levels(result.GetValue(concurrency)!), options, sizes, clock, result.GetValue(asJson));
            else
                Serve(directory, options with { Rows = Levels(result.GetValue(concurrency)!).Max() }, offered, clock,
                    result.GetValue(asJson));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static void Bench(string directory, List<int> levels, DecoderOptions decoder, (int Prompt, int Generate) sizes,
        TimeProvider clock, bool asJson)
    {
        var prepared = Directory.CreateTempSubdirectory("edge-agent-bench-").FullName;
        try
        {
            var options = Options(decoder with
            {
                Rows = levels.Max(),
                Prepared = new PreparedStore(Path.Combine(prepared, "prepared"), clock, NullLogger.Instance),
                Devices = new PreparedStore(Path.Combine(prepared, "engines"), clock, NullLogger.Instance),
                BuildsEngines = true,
            });
            TimeSpan cold;
            using (var first = Student.Load(directory, options, clock, NullLogger.Instance)) cold = first.LoadTime;
            using var student = Student.Load(directory, options, clock, NullLogger.Instance);
            var measurements = MeasureAll(student, levels, sizes.Prompt, sizes.Generate, clock);
            var threads = decoder.Threads > 0 ? decoder.Threads : Environment.ProcessorCount;
            Print(student, measurements, sizes, threads, cold, asJson);
        }
        finally
        {
            Directory.Delete(prepared, recursive: true);
        }
    }

    private static void Plan(string name, string model, DecoderOptions decoder, (int Prompt, int Generate) sizes, TimeProvider clock,
        bool asJson)
    {
        var size = BenchPlan.SizeOf(model);
        var device = name == BenchPlan.ThisMachine ? MeasureDevice(model, size, decoder, sizes, clock)
            : Device.Known.Single(d => d.Name == name);
        BenchPlan.Print(device, size, PlanPrompt, asJson);
    }

    private static Device MeasureDevice(string model, StudentSize size, DecoderOptions decoder, (int Prompt, int Generate) sizes,
        TimeProvider clock)
    {
        const int many = 8;
        using var student = Student.Load(model, Options(decoder with { Rows = many }), clock, NullLogger.Instance);
        var both = MeasureAll(student, [1, many], sizes.Prompt, sizes.Generate, clock);
        return Device.Measured(size, (1, 1 / both[0].DecodeTokensPerSecond), (many, many / both[1].DecodeTokensPerSecond),
            sizes.Prompt + sizes.Generate / 2, both[0].PrefillTokensPerSecond);
    }

    /// <summary>Throughput is measured without the prefixes of the run before, and without regard to running answers.</summary>
    private static StudentOptions Options(DecoderOptions decoder) =>
        new() { Decoder = decoder, Engine = new EngineOptions { TokenBudget = 512, IsPaced = false, PrefixBytes = 0 } };

    /// <summary>Measures the engine as it serves.</summary>
    /// <param name="load">Null measures pace and prefixes.</param>
    private static void Serve(string directory, DecoderOptions decoder, LoadPlan? load, TimeProvider clock, bool asJson)
    {
        var options = new StudentOptions { Decoder = decoder, Engine = new EngineOptions { MaxPerClient = 0 } };
        using var student = Student.Load(directory, options, clock, NullLogger.Instance);
        if (load is not null) LoadBench.Run(student, load, clock, asJson);
        else ServiceBench.Run(student, clock, asJson);
    }

    private static List<Measurement> MeasureAll(Student student, List<int> levels, int prompt, int generate, TimeProvider clock)
    {
        if (prompt < 1 || generate < 2 || prompt + generate > student.Context)
            throw new UsageException(
                $"--prompt and --generate must be at least 1 and 2 and fit the context of {student.Context} tokens together, found " +
                $"{prompt} and {generate}");
        Measure(student, 1, prompt, generate, clock); // warm-up
        return [.. levels.Select(n => Enumerable.Range(0, Repeats).Select(_ => Measure(student, n, prompt, generate, clock))
            .MaxBy(m => m.DecodeTokensPerSecond)!)];
    }

    private static List<int> Levels(string text)
    {
        var levels = text.Split(',')
            .Select(part =>
                int.TryParse(part, CultureInfo.InvariantCulture, out var n) && n is >= 1 and <= 64
                    ? n : throw new UsageException($"--concurrency must be numbers in 1..64, found '{part}'")).ToList();
        return levels;
    }

    private static Measurement Measure(Student student, int concurrency, int prompt, int generate, TimeProvider clock)
    {
        var vocabulary = student.Tokenizer.Size;
        var (start, before) = (clock.GetTimestamp(), student.Engine.Times);
        var runs = Enumerable.Range(0, concurrency).Select(q =>
        {
            var ids = Enumerable.Range(0, prompt).Select(i => 4 + (q * 131 + i * 17) % (vocabulary - 4)).ToArray();
            var generation =
                student.Engine.Submit(new GenerationRequest(ids, new SamplingOptions { MaxTokens = generate, IgnoreEos = true }));
            return Task.Run(async () =>
            {
                TimeSpan? first = null;
                while (await generation.Events.WaitToReadAsync().ConfigureAwait(false))
                    while (generation.Events.TryRead(out var e))
                    {
                        if (e.Finish == FinishReason.Failed) throw new InferenceException(e.Error ?? "a step failed");
                        first ??= clock.GetElapsedTime(start);
                    }
                return (First: first!.Value, End: clock.GetElapsedTime(start));
            });
        }).ToArray();
        Task.WaitAll(runs);
        var firsts = runs.Max(r => r.Result.First.TotalSeconds);
        var ends = runs.Max(r => r.Result.End.TotalSeconds);
        // prefill ends with the last row's first token; tokens decoded before that make the prefill figure a lower bound
        return new Measurement(concurrency, concurrency * prompt / firsts, concurrency * (generate - 1) / Math.Max(ends - firsts, 1e-9),
            runs.Average(r => r.Result.First.TotalMilliseconds), (student.Engine.Times - before).OverheadShare);
    }

    private static void Print(Student student, List<Measurement> measurements, (int Prompt, int Generate) sizes, int threads, TimeSpan cold,
        bool asJson)
    {
        var memory = Environment.WorkingSet / 1e6;
        if (asJson)
        {
            Console.WriteLine(ToJson(student, measurements, sizes, threads, cold, memory).ToJsonString());
            return;
        }
        Console.WriteLine(
            $"{student.Manifest.Name} {student.Manifest.Version} ({student.Manifest.Quantization.Method}), {student.Provider}, {threads} " +
            $"threads");
        Console.WriteLine(
            $"load {cold.TotalMilliseconds:F0} ms, prepared {student.LoadTime.TotalMilliseconds:F0} ms; memory {memory:F0} MB; " +
            $"the cache may grow to {student.CacheBytes / 1e6:F0} MB; {sizes.Prompt} prompt and {sizes.Generate} answer tokens, " +
            $"best of {Repeats}");
        var table = new Table().AddColumns("queries", "prefill tokens/s", "decode tokens/s", "first token ms", "outside the decoder");
        foreach (var m in measurements)
            table.AddRow($"{m.Concurrency}", $"{m.PrefillTokensPerSecond:F0}", $"{m.DecodeTokensPerSecond:F0}", $"{m.FirstTokenMs:F1}",
                $"{m.OverheadShare:P1}");
        AnsiConsole.Write(table);
    }

    private static JsonObject ToJson(Student student, List<Measurement> measurements, (int Prompt, int Generate) sizes, int threads,
        TimeSpan cold, double memory) => new()
        {
            ["model"] = student.Manifest.Name,
            ["version"] = student.Manifest.Version,
            ["quantization"] = student.Manifest.Quantization.Method,
            ["provider"] = student.Provider.Got.ToString(),
            ["provider_form"] = student.Provider.Form,
            ["provider_asked"] = new JsonArray([.. student.Provider.Asked.Select(a => (JsonNode)a.ToString())]),
            ["provider_why"] = new JsonArray([.. student.Provider.Reasons.Select(r => (JsonNode)r)]),
            ["threads"] = threads,
            ["load_ms"] = Math.Round(cold.TotalMilliseconds, 1),
            ["load_prepared_ms"] = Math.Round(student.LoadTime.TotalMilliseconds, 1),
            ["memory_mb"] = Math.Round(memory, 1),
            ["cache_mb"] = Math.Round(student.CacheBytes / 1e6, 1),
            ["prompt"] = sizes.Prompt,
            ["generate"] = sizes.Generate,
            ["runs"] = new JsonArray([.. measurements.Select(m => (JsonNode)new JsonObject
        {
            ["concurrency"] = m.Concurrency,
            ["prefill_tokens_per_s"] = Math.Round(m.PrefillTokensPerSecond, 1),
            ["decode_tokens_per_s"] = Math.Round(m.DecodeTokensPerSecond, 1),
            ["first_token_ms"] = Math.Round(m.FirstTokenMs, 2),
            ["overhead_share"] = Math.Round(m.OverheadShare, 4),
        })]),
        };
}
