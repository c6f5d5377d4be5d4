using System.Numerics.Tensors;
using EdgeAgent.Inference.Decoders.Devices;

namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// The first run of a decoder on a device: what was loaded is not yet known to work there. A provider that fails here is passed over, as
/// one that is missing.
/// </summary>
internal static class FirstRun
{
    /// <exception cref="DeviceException">The logits are no numbers.</exception>
    /// <exception cref="Microsoft.ML.OnnxRuntime.OnnxRuntimeException">The provider fails.</exception>
    public static void Try(IDecoder decoder)
    {
        var last = decoder.Rows - 1;
        Check(decoder.Prefill(last, [0], 0), "a prompt");
        decoder.CopyRow(last, 0, 1);
        Check(decoder.Decode([0], [1]), "an answer");
    }

    private static void Check(ReadOnlySpan<float> logits, string what)
    {
        if (!float.IsFinite(TensorPrimitives.Sum(logits)))
            throw new DeviceException($"the first run of {what} gives logits that are no numbers");
    }
}
