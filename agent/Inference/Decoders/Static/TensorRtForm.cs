using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>
/// Bundles on the TensorRT provider, in the form of its version. Engines are built once, sealed in the store and found there at later
/// starts; where they are missing the caller decides whether to build them now (<see cref="DecoderOptions.BuildsEngines"/>).
/// </summary>
internal sealed class TensorRtForm(GraphForm form, IAccelerator gpu) : IBuiltForm
{
    public string Name => FormNames.Of(form);

    public ExecutionProvider Provider => ExecutionProvider.TensorRT;

    public IReadOnlyList<string> Variants => [.. EngineVariant.Of(form).Select(v => v.Name)];

    public bool Accepts(OpenModel model) => model.Bundle is not null && TensorRtLint.Takes(gpu.TensorRt, form);

    public bool IsBuilt(OpenModel model, DecoderOptions options) => options.Devices is { } store
        && EngineVariant.Of(form).Any(variant => FilesOf(model, options, variant).Find(store) is not null);

    /// <exception cref="EngineException">There are no engines, or they cannot be built.</exception>
    /// <exception cref="StudentMemoryException">The GPU has not the memory.</exception>
    public IDecoder Create(OpenModel model, DecoderOptions options)
    {
        using var kept = new DeviceStore(options);
        options = options with { Devices = kept.Store };
        var variants = EngineVariant.Of(form);
        foreach (var variant in variants)
            if (Load(model, options, variant) is { } decoder) return decoder;
        if (!options.BuildsEngines)
            throw new EngineException("no engines are built for this student, these sizes and this TensorRT; the service builds them " +
                "while another provider serves, 'edge-agent model build' does it beforehand");
        var refusals = new List<string>();
        foreach (var variant in variants)
        {
            try
            {
                Build(model, options, variant, _ => { });
            }
            catch (EngineException e)
            {
                refusals.Add($"{variant.Name}: {e.Message}");
                continue;
            }
            if (Load(model, options, variant) is { } built) return built;
        }
        throw new EngineException($"no engine could be built ({string.Join("; ", refusals)})");
    }

    public void Build(OpenModel model, DecoderOptions options, string variant, Action<string> progress) =>
        Build(model, options, EngineVariant.Of(form).First(v => v.Name == variant), progress);

    private void Build(OpenModel model, DecoderOptions options, EngineVariant variant, Action<string> progress)
    {
        var (files, store) = (FilesOf(model, options, variant), options.Devices!);
        var folder = store.Begin(files.Key) ?? throw new IOException("engines cannot be built: the disk refuses");
        try
        {
            progress($"{variant.Name}: writing graphs and weights");
            FormExport.Write(model.Bundle!, files.Sizes, folder);
            EngineDecoder.Open(gpu, model.Bundle!, files.Sizes, options, folder, line => progress($"{variant.Name}: {line}")).Dispose();
            store.Commit(files.Key);
        }
        catch (Exception e)
        {
            store.Abandon(files.Key);
            if (!ProviderProblem.IsRefusal(e)) throw;
            throw new EngineException(ProviderProblem.Explain(e.Message), e);
        }
    }

    /// <summary>From engines that are sealed; null where there are none, or ONNX Runtime takes them no more.</summary>
    private StaticDecoder? Load(OpenModel model, DecoderOptions options, EngineVariant variant)
    {
        var (files, store) = (FilesOf(model, options, variant), options.Devices!);
        if (files.Find(store) is not { } folder) return null;
        try
        {
            return EngineDecoder.Open(gpu, model.Bundle!, files.Sizes, options, folder, _ => { });
        }
        // engines that took minutes are not thrown away for memory that is missing today, nor for a GPU that does not answer
        catch (Exception e) when (ProviderProblem.IsRefusal(e) && e is not DeviceException && !ProviderProblem.IsMemory(e.Message))
        {
            store.Remove(files.Key);
            return null;
        }
    }

    private EngineFiles FilesOf(OpenModel model, DecoderOptions options, EngineVariant variant) =>
        EngineFiles.Of(form, gpu, model.Bundle!, options, variant);
}
