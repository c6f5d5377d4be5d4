using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>One student's engines in a store.</summary>
/// <param name="Sizes">What they are built for.</param>
/// <param name="Key">What they are kept under.</param>
internal sealed record EngineFiles(FormOptions Sizes, PreparedKey Key)
{
    /// <summary>Rows, context and chunk are what the options say, not what is free: they are in the engines.</summary>
    /// <exception cref="DeviceException">The GPU does not answer.</exception>
    public static EngineFiles Of(GraphForm form, IAccelerator gpu, Bundle bundle, DecoderOptions options, EngineVariant variant)
    {
        var sizes = new FormOptions
        {
            Form = form,
            Rows = options.Rows,
            Context = options.ContextOf(bundle.Manifest.Architecture.Context),
            Chunk = options.Chunk,
            Precision = gpu.Precision,
            Linears = variant.Linears,
            Attention = variant.Attention,
        };
        // all that the engines depend on; sizes, precision, linears and attention are in the graphs
        return new EngineFiles(sizes, new PreparedKey(PreparedKey.IdentityOf(bundle.Weights),
            FormExport.Hash(FormExport.Generate(bundle, sizes)),
            $"{OnnxRuntimeLibrary.Environment.GetVersionString()}, TensorRT {gpu.TensorRt}", FormNames.Of(form), gpu.Architecture,
            FormNames.Of(sizes.Precision)));
    }

    /// <summary>Their folder, where their seal holds; null where there are none.</summary>
    public string? Find(PreparedStore store) => Path.GetDirectoryName(store.Find(Key, FormExport.DecodeFile));
}
