using BenchmarkDotNet.Running;
using EdgeAgent.Benchmarks;
using EdgeAgent.Benchmarks.Peers;

// overhead [N] [--check]     agent overhead of N queries, one in flight (message received to first piece, less time in ONNX Runtime)
// http [N] [--check]         first piece over HTTP against MQTT, N queries each in turns, at the client
// allocations [--check]      bytes allocated per decoded token, at a short and at a long context
// import                     speed and memory of a 4-bit import
// signing [--check]          verifying 4 GB of shards against openssl
// lookup [--check]           time of a lookup among 20,000 phrasings, at rest and while the index is rebuilt
// sampling [--check]         time of a step's sampling, 16 rows of 150,000 tokens, against a sort of the vocabulary
// structured [--check]       time of a token mask, 150,000 tokens, several formats; time to compile them
// privacy                    time of desensitization by size of text
// peer [--help]              this agent's decoder against llama.cpp (LLamaSharp) on the same checkpoint
// anything else              BenchmarkDotNet, e.g. --filter *
return args switch
{
    ["overhead", ..] =>
        await OverheadBenchmark.RunAsync(args.Length > 1 && int.TryParse(args[1], out var n) ? n : 1000, args.Contains("--check")),
    ["http", ..] => await HttpBenchmark.RunAsync(args.Length > 1 && int.TryParse(args[1], out var h) ? h : 500, args.Contains("--check")),
    ["allocations", ..] => AllocationBenchmark.Run(args.Contains("--check")),
    ["import"] => ImportBenchmark.Run(),
    ["lookup", ..] => await LookupBenchmark.RunAsync(args.Contains("--check")),
    ["sampling", ..] => SamplingBenchmark.Run(args.Contains("--check")),
    ["structured", ..] => StructuredBenchmark.Run(args.Contains("--check")),
    ["privacy"] => PrivacyBenchmark.Run(),
    ["signing", ..] => SigningBenchmark.Run(args.Contains("--check")),
    ["peer", ..] => PeerBenchmark.Run(args[1..]),
    _ => RunAll(args),
};

static int RunAll(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(OverheadBenchmark).Assembly).Run(args);
    return 0;
}
