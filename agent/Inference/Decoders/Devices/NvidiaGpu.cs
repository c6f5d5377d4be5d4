using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>The first NVIDIA GPU. Its libraries are loaded when they are first needed, and stay.</summary>
internal sealed class NvidiaGpu : IAccelerator
{
    public static readonly NvidiaGpu First = new();

    private readonly Lazy<CudaRuntime> _cuda = new(CudaRuntime.Load);
    private readonly Lazy<Version?> _tensorRt = new(TensorRtLibrary.Find);

    public string Architecture => _cuda.Value.Architecture;

    public Version? TensorRt => _tensorRt.Value;

    public FloatPrecision Precision => FloatPrecision.Fp16;

    public IDeviceMemory Memory => new CudaMemory(_cuda.Value);

    public SessionOptions CudaSession()
    {
        var session = Options();
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(new Dictionary<string, string>
        {
            ["device_id"] = "0",
            // memory in the sizes that are asked for: twice as much at each growth is too much for a device that shares it
            ["arena_extend_strategy"] = "kSameAsRequested",
        });
        session.AppendExecutionProvider_CUDA(cuda);
        return session;
    }

    public SessionOptions TensorRtSession(IReadOnlyDictionary<string, string> provider)
    {
        var session = Options();
        // a part that runs on the CPU would copy the cache back and forth in every step: rather none of it
        session.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");
        using var tensorRt = new OrtTensorRTProviderOptions();
        tensorRt.UpdateOptions(new Dictionary<string, string>(provider));
        session.AppendExecutionProvider_Tensorrt(tensorRt);
        return session;
    }

    private static SessionOptions Options()
    {
        _ = OnnxRuntimeLibrary.Environment;
        var session = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            // weights go to the device one by one: with a pattern they are one allocation, which some L4T releases refuse although the
            // memory is free
            EnableMemoryPattern = false,
        };
        session.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
        return session;
    }
}
