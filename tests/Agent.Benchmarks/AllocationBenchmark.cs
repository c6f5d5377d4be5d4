using EdgeAgent.Hosting;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Benchmarks;

/// <summary>Bytes allocated in the process per decoded token, through the whole engine, at a short and at a long context.</summary>
internal static class AllocationBenchmark
{
    private const int Tokens = 40, Repeats = 20;
    private const double Tolerance = 64; // bytes a token; a buffer that grows with the context takes thousands

    public static int Run(bool check)
    {
        var options = new StudentOptions { Decoder = new DecoderOptions { Rows = 1, Spinning = false } };
        using var student = Student.Load(new AgentSettings().ModelDirectory, options, TimeProvider.System, NullLogger.Instance);
        double Measure(int prompt)
        {
            var ids = Enumerable.Range(0, prompt).Select(i => 10 + i % 100).ToArray();
            // the difference of two answer lengths removes a request's fixed cost
            double Allocated(int tokens)
            {
                var before = GC.GetTotalAllocatedBytes(precise: true);
                for (var i = 0; i < Repeats; i++)
                {
                    var generation =
                        student.Engine.Submit(new GenerationRequest(ids, new SamplingOptions { MaxTokens = tokens, IgnoreEos = true }));
                    while (generation.Events.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                        while (generation.Events.TryRead(out _)) { }
                }
                return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Repeats;
            }
            Allocated(Tokens);
            return (Allocated(2 * Tokens) - Allocated(Tokens)) / Tokens;
        }
        double small = Measure(8), large = Measure(student.Context - 2 * Tokens - 1);
        Console.WriteLine(
            $"bytes allocated per decoded token: {small:F0} after 8 prompt tokens, {large:F0} after {student.Context - 2 * Tokens - 1}");
        return check && large - small > Tolerance ? 1 : 0;
    }
}
