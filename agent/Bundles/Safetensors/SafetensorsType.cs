namespace EdgeAgent.Bundles.Safetensors;

/// <summary>Element types that can be read and written, in the format's spelling.</summary>
public enum SafetensorsType
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 32-bit integer, little-endian.</summary>
    I32,

    /// <summary>Signed 64-bit integer, little-endian.</summary>
    I64,
}
