using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeAgent.Platform;

namespace EdgeAgent.Bundles.Safetensors;

/// <summary>
/// A memory-mapped safetensors file (Hugging Face safetensors format), checked when it is opened. Owns the mapping: spans from it
/// are valid until Dispose.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly MappedFile _file;

    private SafetensorsFile(MappedFile file, Dictionary<string, SafetensorsEntry> entries) => (_file, Entries) = (file, entries);

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Bytes of the file.</summary>
    internal long Length => _file.Length;

    /// <summary>The tensors by name.</summary>
    internal IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <summary>Maps the file and checks its header. The caller disposes the result.</summary>
    /// <exception cref="ModelFileException">
    /// The file is missing, truncated or inconsistent; says what was expected and what was found.
    /// </exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            var header = SafetensorsHeader.ReadLength(path, file.Span(0, (int)Math.Min(8, file.Length)), file.Length);
            return new SafetensorsFile(file, SafetensorsHeader.Parse(path, file.Span(0, (int)(8 + header)), file.Length));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The entry, or an error naming the file and the tensor.</summary>
    internal SafetensorsEntry Entry(string name) =>
        Entries.TryGetValue(name, out var entry) ? entry : throw new ModelFileException(Path, $"a tensor '{name}'", "none of that name");

    /// <summary>The tensor's bytes, or part of them: at most 2^31-1 bytes at once.</summary>
    internal ReadOnlySpan<byte> Bytes(SafetensorsEntry entry, long offset, int length)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, entry.Length - length);
        return _file.Span(entry.Offset + offset, length);
    }

    /// <summary>All bytes of a tensor of less than 2 GB.</summary>
    internal ReadOnlySpan<byte> Bytes(SafetensorsEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Bytes(entry, 0, checked((int)entry.Length));
    }

    /// <summary>
    /// Reads elements <paramref name="first"/>.. of a float tensor (F32, F16 or BF16) into <paramref name="destination"/> as float32.
    /// </summary>
    internal void ReadFloats(SafetensorsEntry entry, long first, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var size = SafetensorsHeader.BytesPerElement(entry.Type);
        var bytes = Bytes(entry, first * size, destination.Length * size);
        switch (entry.Type)
        {
            case SafetensorsType.F32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(destination);
                break;
            case SafetensorsType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), destination);
                break;
            case SafetensorsType.BF16:
                var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < halves.Length; i++) destination[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
                break;
            default:
                throw new ModelFileException(Path, $"a float tensor '{entry.Name}' (F32, F16 or BF16)", entry.Type.ToString());
        }
    }

    /// <summary>Reads a whole tensor (F32, F16 or BF16) as float32, row-major.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">The shape it must have, outermost dimension first.</param>
    /// <exception cref="ModelFileException">No tensor of that name, another shape, or another type.</exception>
    public float[] Floats(string name, params ReadOnlySpan<long> shape)
    {
        var entry = Entry(name);
        if (!shape.SequenceEqual(entry.Shape))
            throw new ModelFileException(Path, $"tensor '{name}' of shape [{string.Join(',', shape.ToArray())}]",
                $"[{string.Join(',', entry.Shape)}]");
        var values = new float[entry.Elements];
        ReadFloats(entry, 0, values);
        return values;
    }

    /// <summary>Unmaps the file.</summary>
    public void Dispose() => _file.Dispose();
}
