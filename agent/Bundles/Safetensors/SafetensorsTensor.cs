using System.Runtime.InteropServices;

namespace EdgeAgent.Bundles.Safetensors;

/// <summary>
/// A tensor to be written. Its bytes are produced when the file reaches it, so that a file larger than memory can be written.
/// </summary>
/// <param name="Name">Unique in the file.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Outermost dimension first; elements are row-major.</param>
/// <param name="Write">Writes exactly <see cref="Length"/> bytes, little-endian.</param>
public sealed record SafetensorsTensor(string Name, SafetensorsType Type, long[] Shape, Action<Stream> Write)
{
    /// <summary>Bytes.</summary>
    public long Length => Shape.Aggregate((long)SafetensorsHeader.BytesPerElement(Type), (n, d) => n * d);

    /// <summary>A float32 tensor; <paramref name="values"/> are row-major and must fill the shape.</summary>
    public static SafetensorsTensor Of(string name, float[] values, params long[] shape) =>
        new(name, SafetensorsType.F32, shape, s => s.Write(MemoryMarshal.AsBytes<float>(values)));

    /// <summary>A half-precision tensor.</summary>
    public static SafetensorsTensor Of(string name, Half[] values, params long[] shape) =>
        new(name, SafetensorsType.F16, shape, s => s.Write(MemoryMarshal.AsBytes<Half>(values)));

    /// <summary>A tensor of unsigned bytes.</summary>
    public static SafetensorsTensor Of(string name, byte[] values, params long[] shape) =>
        new(name, SafetensorsType.U8, shape, s => s.Write(values));
}
