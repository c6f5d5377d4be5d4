using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>
/// Bundles on the TensorRT provider, in the form of its version. Engines are built once, sealed in the store and found there at later
/// starts; where they are missing the caller decides whether to build them now (<see cref="DecoderOptions.BuildsEngines"/>).
/// </summary>
internal sealed class TensorRtForm(GraphForm form, IAccelerator gpu) : IBuiltForm
{
    /// <summary>Decode and prefill are an engine each, with weights of their own.</summary>
    private const int Engines = 2;

    private static readonly Version Oldest = TensorRtOperators.Versions.Min()!;

    public string Name => FormNames.Of(form);

    public ExecutionProvider Provider => ExecutionProvider.TensorRT;

    public IReadOnlyList<string> Variants => [.. EngineVariant.Of(form).Select(v => v.Name)];

    public bool Accepts(OpenModel model) =>
        model.Bundle is not null && gpu.TensorRt is { } version && version >= Oldest && TensorRtLint.FormFor(version) == form;

    public bool IsBuilt(OpenModel model, DecoderOptions options)
    {
        var bundle = model.Bundle!;
        return options.Devices is { } store && EngineVariant.Of(form).Any(variant =>
            store.Find(KeyOf(bundle, SizesOf(bundle, options, variant)), FormExport.DecodeFile) is not null);
    }

    /// <exception cref="EngineException">There are no engines, or they cannot be built.</exception>
    /// <exception cref="StudentMemoryException">The GPU has not the memory.</exception>
    public IDecoder Create(OpenModel model, DecoderOptions options)
    {
        var bundle = model.Bundle!;
        using var kept = new DeviceStore(options);
        var variants = EngineVariant.Of(form);
        foreach (var variant in variants)
            if (Load(bundle, SizesOf(bundle, options, variant), options, kept.Store) is { } decoder) return decoder;
        if (!options.BuildsEngines)
            throw new EngineException("no engines are built for this student, these sizes and this TensorRT; the service builds them " +
                "while another provider serves, 'edge-agent model build' does it beforehand");
        var refusals = new List<string>();
        foreach (var variant in variants)
        {
            try
            {
                Build(bundle, options with { Devices = kept.Store }, variant, _ => { });
            }
            catch (EngineException e)
            {
                refusals.Add($"{variant.Name}: {e.Message}");
                continue;
            }
            if (Load(bundle, SizesOf(bundle, options, variant), options, kept.Store) is { } built) return built;
        }
        throw new EngineException($"no engine could be built ({string.Join("; ", refusals)})");
    }

    public void Build(OpenModel model, DecoderOptions options, string variant, Action<string> progress) =>
        Build(model.Bundle!, options, EngineVariant.Of(form).First(v => v.Name == variant), progress);

    private void Build(Bundle bundle, DecoderOptions options, EngineVariant variant, Action<string> progress)
    {
        var (sizes, store) = (SizesOf(bundle, options, variant), options.Devices!);
        var key = KeyOf(bundle, sizes);
        var folder = store.Begin(key) ?? throw new IOException("engines cannot be built: the disk refuses");
        try
        {
            progress($"{variant.Name}: writing graphs and weights");
            var graphs = FormExport.Write(bundle, sizes, folder);
            using (var decoder = Open(bundle, sizes, options, graphs, folder, progress))
            {
                progress($"{variant.Name}: first run");
                FirstRun.Try(decoder);
            }
            store.Commit(key);
        }
        catch (Exception e)
        {
            store.Abandon(key);
            if (!IsRefusal(e)) throw;
            throw new EngineException(ProviderProblem.Explain(e.Message), e);
        }
    }

    /// <summary>From engines that are sealed; null where there are none, or ONNX Runtime takes them no more.</summary>
    private StaticDecoder? Load(Bundle bundle, FormOptions sizes, DecoderOptions options, PreparedStore store)
    {
        var key = KeyOf(bundle, sizes);
        if (store.Find(key, FormExport.DecodeFile) is not { } decode) return null;
        StaticDecoder? decoder = null;
        try
        {
            var folder = Path.GetDirectoryName(decode)!;
            decoder = Open(bundle, sizes, options, FormExport.Open(sizes, folder), folder, _ => { });
            FirstRun.Try(decoder);
            return decoder;
        }
        catch (Exception e)
        {
            decoder?.Dispose();
            // engines that took minutes are not thrown away for memory that is missing today, nor for a GPU that does not answer
            if (!IsRefusal(e) || e is DeviceException || ProviderProblem.IsMemory(e.Message)) throw;
            store.Remove(key);
            return null;
        }
    }

    /// <summary>What a provider and its builder say no with.</summary>
    private static bool IsRefusal(Exception e) => e is ModelFileException or OnnxRuntimeException or DeviceException;

    private StaticDecoder Open(Bundle bundle, FormOptions sizes, DecoderOptions options, IReadOnlyList<ExportedGraph> graphs, string folder,
        Action<string> progress)
    {
        var (a, memory) = (bundle.Manifest.Architecture, gpu.Memory);
        var need = new StudentNeed(Engines * FormExport.WeightBytes(bundle, sizes),
            CacheTensors.PositionBytesOf(a, CacheTensors.BytesOf(sizes.Precision)), sizes.Rows, sizes.CacheLength, IsAsked: true,
            options.PrefixBytes);
        CacheBudget.Context(need, options.CacheLimit, memory.FreeBytes ?? options.FreeMemory());
        var weights = PreparedKey.IdentityOf(bundle.Weights);
        return new StaticDecoder(bundle, sizes, graphs, new StaticDevice(memory, shape =>
        {
            progress($"{(shape.Tokens == 1 ? "decode" : "prefill")} engine, {GraphKey.NameOf(sizes, shape)}");
            var key = new GraphKey(sizes, shape, weights, OnnxRuntimeLibrary.Environment.GetVersionString(), $"{gpu.TensorRt}",
                gpu.Architecture);
            return gpu.TensorRtSession(TensorRtProvider.Options(key, folder));
        }));
    }

    private FormOptions SizesOf(Bundle bundle, DecoderOptions options, EngineVariant variant) => new()
    {
        Form = form,
        Rows = options.Rows,
        Context = options.ContextOf(bundle.Manifest.Architecture.Context),
        Chunk = options.Chunk,
        Precision = gpu.Precision,
        Linears = variant.Linears,
        Attention = variant.Attention,
    };

    /// <summary>All that the engines depend on. Sizes, precision, linears and attention are in the graphs.</summary>
    private PreparedKey KeyOf(Bundle bundle, FormOptions sizes)
    {
        var graphs = FormExport.Hash(FormExport.Generate(bundle, sizes));
        return new PreparedKey(PreparedKey.IdentityOf(bundle.Weights), graphs,
            $"{OnnxRuntimeLibrary.Environment.GetVersionString()}, TensorRT {gpu.TensorRt}", Name, gpu.Architecture,
            FormNames.Of(sizes.Precision));
    }
}
