using BenchmarkDotNet.Attributes;
using EdgeAgent.Bundles;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Benchmarks;

/// <summary>Parts of the decode loop on the bundled student.</summary>
#pragma warning disable CA1001 // BenchmarkDotNet disposes through GlobalCleanup
[MemoryDiagnoser]
public class PartBenchmarks
{
    private readonly Bundle _bundle = Bundle.Open(new AgentSettings().ModelDirectory);
    private readonly int[] _ids = new int[8], _positions = new int[8];
    private OnnxDecoder _decoder = null!;
    private Sampler _greedy = null!, _random = null!;
    private float[] _logits = null!;

    [Params(1, 8)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _decoder = new OnnxDecoder(_bundle, new DecoderOptions { Rows = 8 });
        for (var row = 0; row < 8; row++) _decoder.Prefill(row, [5, 6, 7], 0);
        _ids.AsSpan().Fill(8);
        _positions.AsSpan().Fill(3);
        _greedy = new Sampler(new SamplingOptions());
        _random = new Sampler(new SamplingOptions { Temperature = 0.8f, TopP = 0.95f });
        _logits = _decoder.Prefill(0, [5, 6, 7], 0).ToArray();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _decoder.Dispose();
        _bundle.Dispose();
    }

    [Benchmark]
    public float DecodeStep() => _decoder.Decode(_ids.AsSpan(0, Rows), _positions.AsSpan(0, Rows))[0];

    [Benchmark]
    public int SampleGreedy() => _greedy.Next(_logits);

    [Benchmark]
    public int SampleTopP() => _random.Next(_logits);
}
