using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Decoders.Static;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Tests.Inference.Decoders.Devices;

/// <summary>
/// A GPU made of the CPU provider: float32, a memory of its own, and a TensorRT that writes a file for each engine it would build.
/// </summary>
internal sealed class StandInGpu : IAccelerator
{
    public string Architecture { get; set; } = "sm87";

    public Version? TensorRt { get; set; } = new(10, 16, 2);

    public FloatPrecision Precision { get; init; } = FloatPrecision.Fp32;

    public SeparateMemory Own { get; init; } = new();

    public IDeviceMemory Memory => Own;

    /// <summary>What the builder or the provider says to a graph's name; null takes it.</summary>
    public Func<string, string?> Refuse { get; set; } = _ => null;

    /// <summary>Sessions that were asked for.</summary>
    public int Sessions { get; private set; }

    /// <summary>Engines that were built, by their prefix.</summary>
    public List<string> Built { get; } = [];

    public SessionOptions CudaSession()
    {
        Sessions++;
        if (Refuse("cuda") is { } refusal) throw new DeviceException(refusal);
        return FormCheck.FloatSession(1);
    }

    public SessionOptions TensorRtSession(IReadOnlyDictionary<string, string> provider)
    {
        Sessions++;
        var prefix = provider["trt_engine_cache_prefix"];
        if (Refuse(prefix) is { } refusal) throw new DeviceException(refusal);
        var engine = Path.Combine(provider["trt_engine_cache_path"], $"{prefix}_{Architecture}.engine");
        if (!File.Exists(engine))
        {
            Built.Add(prefix);
            DurableFile.WriteAllText(engine, prefix);
        }
        return FormCheck.FloatSession(1);
    }
}
