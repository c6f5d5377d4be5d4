using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>
/// Opens a folder of exported graphs on TensorRT, where engines that are beside them are used and others are built, and lets it run once.
/// </summary>
internal static class EngineDecoder
{
    /// <summary>Decode and prefill are an engine each, with weights of their own.</summary>
    private const int Engines = 2;

    /// <param name="progress">Gets a line before each engine, and before the first run.</param>
    /// <exception cref="StudentMemoryException">The GPU has not the memory.</exception>
    /// <exception cref="Platform.ModelFileException">TensorRT takes a graph or an engine not.</exception>
    /// <exception cref="DeviceException">The GPU refuses, or its first logits are no numbers.</exception>
    public static StaticDecoder Open(IAccelerator gpu, Bundle bundle, FormOptions sizes, DecoderOptions options, string folder,
        Action<string> progress)
    {
        var (a, memory) = (bundle.Manifest.Architecture, gpu.Memory);
        var need = new StudentNeed(Engines * FormExport.WeightBytes(bundle, sizes),
            CacheTensors.PositionBytesOf(a, CacheTensors.BytesOf(sizes.Precision)), sizes.Rows, sizes.CacheLength, IsAsked: true,
            options.PrefixBytes);
        CacheBudget.Context(need, options.CacheLimit, memory.FreeBytes ?? options.FreeMemory());
        var weights = PreparedKey.IdentityOf(bundle.Weights);
        var decoder = new StaticDecoder(bundle, sizes, FormExport.Open(sizes, folder), new StaticDevice(memory, shape =>
        {
            progress($"{(shape.Tokens == 1 ? "decode" : "prefill")} engine, {GraphKey.NameOf(sizes, shape)}");
            var key = new GraphKey(sizes, shape, weights, OnnxRuntimeLibrary.Environment.GetVersionString(), $"{gpu.TensorRt}",
                gpu.Architecture);
            return gpu.TensorRtSession(TensorRtProvider.Options(key, folder));
        }));
        try
        {
            progress("first run");
            FirstRun.Try(decoder);
            return decoder;
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }
}
