using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>
/// The options of ONNX Runtime's TensorRT provider for one graph (onnxruntime.ai, TensorRT execution provider). All are texts.
/// </summary>
internal static class TensorRtProvider
{
    /// <summary>Bytes the builder may take to try a kernel out: the student that serves needs the rest.</summary>
    private const string MaxWorkspace = "1073741824";

    /// <param name="key">Names the engine's file.</param>
    /// <param name="directory">Engines and timing caches, on storage that survives a restart.</param>
    public static IReadOnlyDictionary<string, string> Options(GraphKey key, string directory) => new Dictionary<string, string>
    {
        ["device_id"] = "0",
        // no precision flag: the provider then builds a strongly typed network, whose types are the graph's (onnxruntime#18707)
        ["trt_fp16_enable"] = "0",
        ["trt_int8_enable"] = "0",
        ["trt_engine_cache_enable"] = "1",
        ["trt_engine_cache_path"] = directory,
        ["trt_engine_cache_prefix"] = key.CachePrefix,
        ["trt_timing_cache_enable"] = "1",
        ["trt_timing_cache_path"] = directory,
        ["trt_builder_optimization_level"] = "3",
        ["trt_max_workspace_size"] = MaxWorkspace,
        ["trt_engine_hw_compatible"] = "0",
        // weights lie beside the graph and are handed over, not copied into it
        ["trt_load_user_initializer"] = "1",
        // decode runs the same kernels on the same addresses in every step; a prefill is bound to another row each time
        ["trt_cuda_graph_enable"] = key.Shape.Tokens == 1 ? "1" : "0",
    };
}
