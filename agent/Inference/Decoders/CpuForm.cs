namespace EdgeAgent.Inference.Decoders;

/// <summary>Bundles on the CPU provider: <see cref="Graph.CpuDecoderGraph"/>, float32 cache in host memory.</summary>
internal sealed class CpuForm : IDecoderForm
{
    public string Name => "cpu";

    public ExecutionProvider Provider => ExecutionProvider.Cpu;

    public bool Accepts(OpenModel model) => model.Bundle is not null;

    public IDecoder Create(OpenModel model, DecoderOptions options) => new OnnxDecoder(model.Bundle!, options);
}
