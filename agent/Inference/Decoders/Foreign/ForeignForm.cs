namespace EdgeAgent.Inference.Decoders.Foreign;

/// <summary>Foreign ONNX decoders on the CPU provider, with the graph they come with: one row.</summary>
internal sealed class ForeignForm : IDecoderForm
{
    public string Name => "foreign";

    public ExecutionProvider Provider => ExecutionProvider.Cpu;

    public bool Accepts(OpenModel model) => model.Foreign is not null;

    public IDecoder Create(OpenModel model, DecoderOptions options) => new ForeignDecoder(model.Foreign!, options);
}
