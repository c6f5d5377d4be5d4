using EdgeAgent.Inference.Decoders.Foreign;

namespace EdgeAgent.Inference.Decoders;

/// <summary>Chooses an execution provider that has a form for a model, and creates the decoder in that form.</summary>
/// <param name="forms">Of two forms of one provider that accept a model, the first one is taken.</param>
internal sealed class DecoderFactory(IReadOnlyList<IDecoderForm> forms, IExecutionProviderCatalog catalog)
{
    /// <summary>Every form this version has.</summary>
    public static readonly IReadOnlyList<IDecoderForm> Forms = [new CpuForm(), new ForeignForm()];

    public static readonly DecoderFactory Default = new(Forms, new OnnxRuntimeCatalog());

    /// <summary>The provider for a model, and the form it is run in.</summary>
    /// <param name="require">When set, any other provider is an error.</param>
    /// <exception cref="ExecutionProviderException">The required provider, or every preferred one, is unavailable.</exception>
    public (ExecutionProviderChoice Provider, IDecoderForm Form) Choose(OpenModel model, IReadOnlyList<ExecutionProvider> preference,
        ExecutionProvider? require)
    {
        var choice = ExecutionProviders.Choose(preference, require, catalog, provider => FormOf(provider, model) is not null);
        var form = FormOf(choice.Got, model)!; // Choose has asked for it
        return (choice with { Form = form.Name }, form);
    }

    private IDecoderForm? FormOf(ExecutionProvider provider, OpenModel model) =>
        forms.FirstOrDefault(form => form.Provider == provider && form.Accepts(model));
}
