using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Benchmarks.Peers;

/// <summary>
/// This agent's decoder and llama.cpp on the same checkpoint: 4 bits in both (Q4_0 there), the same threads, in turns. Ratios above 1 mean
/// that the agent is faster. The median of the rounds' ratios counts: what disturbs a round disturbs both.
/// </summary>
internal static class PeerBenchmark
{
    private const int PromptTokens = 128, Steps = 48;

    private sealed record Case(string Name, int Rows, int Prompt);

    private sealed record Setup(string? Gguf, string? Bundle, int Threads, int Rounds, int Block, int Chunk, int[] Rows, int[] Prompts,
        bool Json);

    public static int Run(string[] args)
    {
        var gguf = new Option<string?>("--gguf")
        {
            Description = "A GGUF file; without one, random weights in the shape of a 1.1 B Llama."
        };
        var bundle = new Option<string?>("--bundle") { Description = "The same checkpoint as a bundle; default: imported for the run." };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads of both.",
            DefaultValueFactory = _ => Environment.ProcessorCount
        };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; both run once in each.", DefaultValueFactory = _ => 7 };
        var block = new Option<int>("--block")
        {
            Description = "Block of the import.",
            DefaultValueFactory = _ => QuantizedMatrix.MaxBlock
        };
        var chunk = new Option<int>("--chunk") { Description = "Prompt tokens in one run.", DefaultValueFactory = _ => 128 };
        var rows = new Option<string>("--rows") { Description = "Rows to decode.", DefaultValueFactory = _ => "1,4,8,16" };
        var prompts = new Option<string>("--prompts") { Description = "Prompts to read.", DefaultValueFactory = _ => "128,512" };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new RootCommand("The agent's decoder against llama.cpp, on the same checkpoint.")
            { gguf, bundle, threads, rounds, block, chunk, rows, prompts, json };
        command.SetAction(result => Compare(new Setup(result.GetValue(gguf), result.GetValue(bundle), result.GetValue(threads),
            result.GetValue(rounds), result.GetValue(block), result.GetValue(chunk), Numbers(result.GetValue(rows)!),
            Numbers(result.GetValue(prompts)!), result.GetValue(json))));
        return command.Parse(args).Invoke();
    }

    private static int[] Numbers(string list) => [.. list.Split(',').Select(int.Parse)];

    private static int Compare(Setup setup)
    {
        var work = Directory.CreateTempSubdirectory("edge-agent-peer-").FullName;
        try
        {
            LlamaPeer.Start();
            var (q40, bundle) = Checkpoints(setup, work);
            var rows = setup.Rows.Append(1).Max();
            var context = Math.Max(setup.Prompts.Append(0).Max() + 16, PromptTokens + Steps + 16);
            var options = new DecoderOptions
            {
                Rows = rows,
                Context = context,
                Threads = setup.Threads,
                Chunk = setup.Chunk,
                Prepared = new PreparedStore(Path.Combine(work, "prepared"), TimeProvider.System, NullLogger.Instance),
            };
            var cold = Load(() => new OnnxPeer(bundle, options));
            var warm = Load(() => new OnnxPeer(bundle, options));
            var theirs = Load(() => new LlamaPeer(q40, setup.Threads, rows, context, Math.Max(512, rows)));
            using IPeer ours = new OnnxPeer(bundle, options), peer = new LlamaPeer(q40, setup.Threads, rows, context, Math.Max(512, rows));
            Case[] cases = [.. setup.Rows.Select(r => new Case($"decode {r}", r, PromptTokens)),
                .. setup.Prompts.Select(p => new Case($"prefill {p}", 0, p))];
            Print(setup, cases, [.. cases.Select(c => Measure(c, ours, peer, setup.Rounds))], (cold, warm, theirs),
                (Size(bundle), new FileInfo(q40).Length));
            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static (string Gguf, string Bundle) Checkpoints(Setup setup, string work)
    {
        var source = setup.Gguf ?? Path.Combine(work, "random.gguf");
        if (setup.Gguf is null) RandomGguf.Write(source);
        var q40 = setup.Gguf is null ? source : Path.Combine(work, "q4_0.gguf");
        if (setup.Gguf is not null) LlamaPeer.Quantize(source, q40, setup.Threads);
        var bundle = setup.Bundle ?? Path.Combine(work, "bundle");
        if (setup.Bundle is not null) return (q40, bundle);
        using var checkpoint = ModelImporter.Open(source);
        ModelImporter.Import(checkpoint, bundle, new ImportOptions { Block = setup.Block, Quantization = Quantization.RoundToNearest });
        return (q40, bundle);
    }

    private static double Load(Func<IPeer> open)
    {
        var start = Stopwatch.GetTimestamp();
        using var peer = open();
        peer.Prefill(0, [1, 5, 9]);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Tokens a second of both in each round.</summary>
    private static (double Ours, double Theirs)[] Measure(Case one, IPeer ours, IPeer theirs, int rounds)
    {
        var random = new Random(one.Rows * 1000 + one.Prompt);
        int[][] prompts = [.. Enumerable.Range(0, Math.Max(one.Rows, 1))
            .Select(_ => Enumerable.Range(0, one.Prompt).Select(_ => random.Next(300, 30_000)).ToArray())];
        Speed(one, ours, prompts);
        Speed(one, theirs, prompts);
        return [.. Enumerable.Range(0, rounds).Select(round =>
        {
            var first = round % 2 == 0 ? ours : theirs;
            var a = Speed(one, first, prompts);
            var b = Speed(one, first == ours ? theirs : ours, prompts);
            return first == ours ? (a, b) : (b, a);
        })];
    }

    private static double Speed(Case one, IPeer peer, int[][] prompts)
    {
        var start = Stopwatch.GetTimestamp();
        int[] tokens = [.. prompts.Select((p, row) => peer.Prefill(row, p))];
        if (one.Rows == 0) return one.Prompt / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var positions = new int[one.Rows];
        start = Stopwatch.GetTimestamp();
        for (var step = 0; step < Steps; step++)
        {
            Array.Fill(positions, one.Prompt + step);
            peer.Decode(tokens, positions);
        }
        return one.Rows * Steps / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static long Size(string directory) => new DirectoryInfo(directory).GetFiles().Sum(f => f.Length);

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static void Print(Setup setup, Case[] cases, (double Ours, double Theirs)[][] measured,
        (double Cold, double Prepared, double Theirs) load, (long Ours, long Theirs) bytes)
    {
        if (setup.Json)
        {
            Console.WriteLine(new JsonObject
            {
                ["threads"] = setup.Threads,
                ["load_s"] = new JsonObject { ["cold"] = load.Cold, ["prepared"] = load.Prepared, ["llama"] = load.Theirs },
                ["bytes"] = new JsonObject { ["bundle"] = bytes.Ours, ["q4_0"] = bytes.Theirs },
                ["cases"] = new JsonArray([.. cases.Zip(measured, (c, m) => (JsonNode)new JsonObject
                {
                    ["case"] = c.Name,
                    ["tokens_per_s"] = Median(m.Select(r => r.Ours)),
                    ["llama_tokens_per_s"] = Median(m.Select(r => r.Theirs)),
                    ["ratio"] = Median(m.Select(r => r.Ours / r.Theirs)),
                })]),
            });
            return;
        }
        Console.WriteLine(
            $"{setup.Threads} threads, {setup.Rounds} rounds; bundle {bytes.Ours / 1e6:F1} MB, Q4_0 {bytes.Theirs / 1e6:F1} MB; " +
            $"load cold {load.Cold:F2} s, prepared {load.Prepared:F2} s, llama.cpp {load.Theirs:F2} s (with the first token)");
        Console.WriteLine($"{"",-12} {"edge-agent",12} {"llama.cpp",12} {"ratio",8}   (tokens/s; ratio: median of the rounds)");
        foreach (var (c, m) in cases.Zip(measured))
        {
            var (ours, theirs) = (Median(m.Select(r => r.Ours)), Median(m.Select(r => r.Theirs)));
            Console.WriteLine($"{c.Name,-12} {ours,12:F1} {theirs,12:F1} {Median(m.Select(r => r.Ours / r.Theirs)),8:F2}");
        }
    }
}
