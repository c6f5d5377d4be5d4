using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Graph;
using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// What an <see cref="OnnxDecoder"/> runs: a graph of any number of rows and tokens with the inputs and outputs of <see
/// cref="CpuDecoderGraph"/>.
/// </summary>
/// <param name="Precision">Of activations and cache.</param>
/// <param name="Memory">Where its tensors lie.</param>
/// <param name="WeightBytes">Bytes of weights in that memory.</param>
/// <param name="Format">Names what the bytes of the cache depend on besides the weights (<see cref="IDecoder.PositionFormat"/>).</param>
/// <param name="Session">The session for a context in tokens; the decoder owns it.</param>
internal sealed record FlexibleForm(FloatPrecision Precision, IDeviceMemory Memory, long WeightBytes, string Format,
    Func<int, InferenceSession> Session)
{
    /// <summary>The CPU provider, in float32.</summary>
    public static FlexibleForm Cpu(Bundle bundle, DecoderOptions options) => new(FloatPrecision.Fp32, HostMemory.Instance,
        bundle.Weights.Length, $"cpu {CpuDecoderGraph.Version} level {options.AccuracyLevel}",
        context => CpuSession.Create(bundle, options, context));
}
