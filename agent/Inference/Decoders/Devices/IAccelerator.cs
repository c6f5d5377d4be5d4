using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>
/// A GPU as the forms need it. An interface, so that the same forms and decoders run in tests on the CPU provider, in float32, with memory
/// of their own.
/// </summary>
internal interface IAccelerator
{
    /// <summary>Architecture that engines are built for, such as <c>sm87</c>.</summary>
    /// <exception cref="DeviceException">The GPU does not answer.</exception>
    string Architecture { get; }

    /// <summary>Version of the TensorRT library; null where there is none.</summary>
    Version? TensorRt { get; }

    /// <summary>Precision of activations and cache.</summary>
    FloatPrecision Precision { get; }

    /// <exception cref="DeviceException">The GPU's memory cannot be reached.</exception>
    IDeviceMemory Memory { get; }

    /// <summary>Options of a session on the CUDA provider. The caller disposes of them.</summary>
    SessionOptions CudaSession();

    /// <summary>Options of a session on the TensorRT provider. The caller disposes of them.</summary>
    /// <param name="provider">The provider's own options.</param>
    SessionOptions TensorRtSession(IReadOnlyDictionary<string, string> provider);
}
