using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Decoders.Foreign;
using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference.Decoders;

/// <summary>Chooses an execution provider that has a form for a model, and creates the decoder in that form.</summary>
/// <param name="forms">Of two forms of one provider that accept a model, the first one is taken.</param>
internal sealed class DecoderFactory(IReadOnlyList<IDecoderForm> forms, IExecutionProviderCatalog catalog)
{
    private const string NoForm = "available, but this version of the agent has no graph form for it";

    /// <summary>Every form this version has.</summary>
    public static readonly IReadOnlyList<IDecoderForm> Forms =
    [
        new TensorRtForm(GraphForm.TensorRt, NvidiaGpu.First), new TensorRtForm(GraphForm.TensorRt103, NvidiaGpu.First),
        new CudaForm(NvidiaGpu.First), new CpuForm(), new ForeignForm(),
    ];

    public static readonly DecoderFactory Default = new(Forms, new OnnxRuntimeCatalog());

    /// <summary>The provider for a model, and the form it is run in, as far as can be told without loading it.</summary>
    /// <param name="require">When set, any other provider is an error.</param>
    /// <exception cref="ExecutionProviderException">The required provider, or every preferred one, is unavailable.</exception>
    public (ExecutionProviderChoice Provider, IDecoderForm Form) Choose(OpenModel model, IReadOnlyList<ExecutionProvider> preference,
        ExecutionProvider? require) => Choose(model, preference, require, new Dictionary<ExecutionProvider, string>());

    /// <summary>
    /// The decoder on the first provider that can be used and takes the model: one that fails to load it, or at the first run, is passed
    /// over like one that is missing, with its reason. Only the CPU provider's failure is the caller's: then it is the model.
    /// </summary>
    /// <param name="require">When set, any other provider is an error.</param>
    /// <exception cref="ExecutionProviderException">The required provider, or every preferred one, is unavailable or fails.</exception>
    /// <exception cref="ModelFileException">The model cannot be used.</exception>
    public (ExecutionProviderChoice Provider, IDecoder Decoder) Create(OpenModel model, IReadOnlyList<ExecutionProvider> preference,
        ExecutionProvider? require, DecoderOptions options)
    {
        var failures = new Dictionary<ExecutionProvider, string>();
        while (true)
        {
            var (choice, form) = Choose(model, preference, require, failures);
            try
            {
                return (choice, form.Create(model, options));
            }
            catch (Exception e) when (choice.Got != ExecutionProvider.Cpu && IsProviders(e))
            {
                failures[choice.Got] = $"form {form.Name} cannot be used: {ProviderProblem.Explain(e.Message)}";
            }
        }
    }

    /// <summary>
    /// The form that a model would be served in and that must be built for it first; null where nothing is to be built: another form
    /// serves, or it is built already.
    /// </summary>
    public IBuiltForm? Unbuilt(OpenModel model, IReadOnlyList<ExecutionProvider> preference, ExecutionProvider? require,
        DecoderOptions options)
    {
        try
        {
            var (_, form) = Choose(model, preference, require);
            return form is IBuiltForm built && !built.IsBuilt(model, options) ? built : null;
        }
        catch (Exception e) when (e is ExecutionProviderException or DeviceException) // loading says it
        {
            return null;
        }
    }

    /// <summary>Whether a provider other than the CPU's would be tried first, as far as the library tells.</summary>
    public bool UsesDevice(IReadOnlyList<ExecutionProvider> preference, ExecutionProvider? require)
    {
        try
        {
            return ExecutionProviders.Choose(preference, require, catalog, _ => null).Got != ExecutionProvider.Cpu;
        }
        catch (ExecutionProviderException)
        {
            return false;
        }
    }

    /// <summary>What a provider, its library or its device fails with; anything else is a defect of ours, and must be seen.</summary>
    private static bool IsProviders(Exception e) => ProviderProblem.IsRefusal(e) || e is EngineException or StudentMemoryException
        or DllNotFoundException or EntryPointNotFoundException or IOException or UnauthorizedAccessException;

    private (ExecutionProviderChoice Provider, IDecoderForm Form) Choose(OpenModel model, IReadOnlyList<ExecutionProvider> preference,
        ExecutionProvider? require, Dictionary<ExecutionProvider, string> failures)
    {
        var choice = ExecutionProviders.Choose(preference, require, catalog,
            provider => failures.GetValueOrDefault(provider) ?? (FormOf(provider, model) is null ? NoForm : null));
        var form = FormOf(choice.Got, model)!; // Choose has asked for it
        return (choice with { Form = form.Name }, form);
    }

    private IDecoderForm? FormOf(ExecutionProvider provider, OpenModel model) =>
        forms.FirstOrDefault(form => form.Provider == provider && form.Accepts(model));
}
