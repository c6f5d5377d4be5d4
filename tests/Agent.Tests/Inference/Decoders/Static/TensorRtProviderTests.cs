using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Tests.Inference.Decoders.Static;

public sealed class TensorRtProviderTests
{
    private static readonly FormOptions Options = new() { Form = GraphForm.TensorRt, Context = 2048 };

    private static IReadOnlyDictionary<string, string> For(GraphShape shape) =>
        TensorRtProvider.Options(new GraphKey(Options, shape, "ab12", "1.31.1", "10.16"), "/var/lib/edge-agent/engines");

    /// <summary>The texts, as the provider's documentation spells them.</summary>
    [Fact]
    public void Options_OfADecodeGraph_AreTheseTexts()
    {
        var key = new GraphKey(Options, Options.Shapes[0], "ab12", "1.31.1", "10.16");
        Assert.Equal(
        [
            "device_id=0", "trt_builder_optimization_level=3", "trt_cuda_graph_enable=1", "trt_engine_cache_enable=1",
            "trt_engine_cache_path=/var/lib/edge-agent/engines", $"trt_engine_cache_prefix={key.CachePrefix}", "trt_engine_hw_compatible=0",
            "trt_fp16_enable=0", "trt_int8_enable=0", "trt_load_user_initializer=1", "trt_max_workspace_size=1073741824",
            "trt_timing_cache_enable=1",
            "trt_timing_cache_path=/var/lib/edge-agent/engines",
        ], For(Options.Shapes[0]).Select(o => $"{o.Key}={o.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Options_OfAPrefillGraph_HaveNoCudaGraphAndAnotherEngine()
    {
        var (decode, prefill) = (For(Options.Shapes[0]), For(Options.Shapes[1]));
        Assert.Equal("0", prefill["trt_cuda_graph_enable"]);
        Assert.Equal(["trt_cuda_graph_enable", "trt_engine_cache_prefix"],
            decode.Where(o => prefill[o.Key] != o.Value).Select(o => o.Key).Order());
    }
}
