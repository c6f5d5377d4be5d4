using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// Bundles on the CUDA provider: <see cref="CudaDecoderGraph"/> in half precision, cache and logits in the GPU's memory. Weights in the
/// layout of its kernels are written once and kept in the store.
/// </summary>
internal sealed class CudaForm(IAccelerator gpu) : IDecoderForm
{
    public string Name => FormNames.Of(GraphForm.Cuda);

    public ExecutionProvider Provider => ExecutionProvider.Cuda;

    public bool Accepts(OpenModel model) => model.Bundle is not null;

    /// <exception cref="DeviceException">The GPU refuses.</exception>
    public IDecoder Create(OpenModel model, DecoderOptions options)
    {
        var bundle = model.Bundle!;
        var sizes = new FormOptions
        {
            Form = GraphForm.Cuda,
            Rows = options.Rows,
            Chunk = options.Chunk,
            Context = options.ContextOf(bundle.Manifest.Architecture.Context),
            Precision = gpu.Precision,
        };
        var form = new FlexibleForm(gpu.Precision, gpu.Memory, FormExport.WeightBytes(bundle, sizes), $"{Name} {FormGraph.Version}",
            context => Load(bundle, sizes with { Context = context }, options));
        var decoder = new OnnxDecoder(bundle, options, form);
        try
        {
            FirstRun.Try(decoder);
            return decoder;
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    private InferenceSession Load(Bundle bundle, FormOptions sizes, DecoderOptions options)
    {
        using var kept = new DeviceStore(options);
        var store = kept.Store;
        var key = new PreparedKey(PreparedKey.IdentityOf(bundle.Weights), FormExport.Hash(FormExport.Generate(bundle, sizes)),
            OnnxRuntimeLibrary.Environment.GetVersionString(), Name, "any GPU", FormNames.Of(sizes.Precision));
        var path = store.Find(key, FormExport.GraphFile) ?? Write(bundle, sizes, store, key);
        using var session = gpu.CudaSession();
        try
        {
            return new InferenceSession(path, session);
        }
        catch (OnnxRuntimeException e)
        {
            store.Remove(key);
            throw new ModelFileException(bundle.Directory, "a student the CUDA provider can load", e.Message, e);
        }
    }

    private static string Write(Bundle bundle, FormOptions sizes, PreparedStore store, PreparedKey key)
    {
        var folder = store.Begin(key) ?? throw new IOException("the student's weights cannot be written for the GPU: the disk refuses");
        try
        {
            FormExport.Write(bundle, sizes, folder);
        }
        catch
        {
            store.Abandon(key);
            throw;
        }
        store.Commit(key);
        return store.Find(key, FormExport.GraphFile)
            ?? throw new IOException("the student's weights were written for the GPU, and are damaged already");
    }
}
