using System.Buffers.Binary;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Bundles.Safetensors;

/// <summary>
/// Writes safetensors files durably (a temporary file, fsync, rename), tensors in the order given. The header is padded so that the
/// data is 64-byte aligned.
/// </summary>
public static class SafetensorsWriter
{
    private const int Alignment = 64;

    /// <summary>Writes a file; one already there is replaced as a whole.</summary>
    /// <param name="metadata">Text entries for the header's __metadata__; null for none.</param>
    /// <exception cref="InvalidOperationException">A tensor wrote another number of bytes than its shape has.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void Write(string path, IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = Header(tensors, metadata);
        DurableFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in tensors)
            {
                var before = stream.Position;
                tensor.Write(stream);
                if (stream.Position - before != tensor.Length)
                    throw new InvalidOperationException(
                        $"tensor '{tensor.Name}' wrote {stream.Position - before} bytes instead of {tensor.Length}");
            }
        });
    }

    private static byte[] Header(IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata) writer.WriteString(key, value);
                writer.WriteEndObject();
            }
            var offset = 0L;
            foreach (var tensor in tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.Type.ToString());
                writer.WriteStartArray("shape");
                foreach (var d in tensor.Shape) writer.WriteNumberValue(d);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(offset += tensor.Length);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        while ((json.Length + 8) % Alignment != 0) json.WriteByte((byte)' ');
        return json.ToArray();
    }
}
