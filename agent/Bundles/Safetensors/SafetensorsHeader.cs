using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Bundles.Safetensors;

/// <summary>One tensor of a safetensors file. <c>Offset</c> and <c>Length</c> are bytes from the start of the file.</summary>
internal sealed record SafetensorsEntry(string Name, SafetensorsType Type, long[] Shape, long Offset, long Length)
{
    public long Elements => Shape.Aggregate(1L, (n, d) => n * d);
}

/// <summary>
/// The header of a safetensors file (Hugging Face safetensors format): 8 bytes little-endian header length, a JSON object,
/// then the tensors' bytes. Every length and offset is checked; tensors must cover the data without gaps or overlaps.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>Largest JSON header, bytes: the limit of the reference implementation.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    public static int BytesPerElement(SafetensorsType type) => type switch
    {
        SafetensorsType.F32 or SafetensorsType.I32 => 4,
        SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.I64 => 8,
        _ => 1,
    };

    /// <summary>Parses the header found at the start of a file of <paramref name="fileLength"/> bytes.</summary>
    /// <param name="start">At least the first 8 bytes and the whole JSON header.</param>
    /// <exception cref="ModelFileException">Anything about the header is wrong.</exception>
    public static Dictionary<string, SafetensorsEntry> Parse(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        var headerLength = ReadLength(file, start, fileLength);
        if (start.Length < 8 + headerLength) throw new ArgumentException("the span must hold the whole header", nameof(start));
        var data = 8L + headerLength;
        var entries = ReadEntries(file, start.Slice(8, (int)headerLength), data, fileLength);
        CheckCoverage(file, entries.Values, data, fileLength);
        return entries;
    }

    /// <summary>Reads and bounds the header length, bytes.</summary>
    public static long ReadLength(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        if (fileLength < 8 || start.Length < 8) throw new ModelFileException(file, "at least 8 bytes", $"{fileLength} bytes");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxHeaderBytes || (long)length > fileLength - 8)
            throw new ModelFileException(file, $"a header of at most {Math.Min(MaxHeaderBytes, fileLength - 8)} bytes",
                $"a header length of {length}");
        return (long)length;
    }

    private static Dictionary<string, SafetensorsEntry> ReadEntries(string file, ReadOnlySpan<byte> json, long data, long fileLength)
    {
        var entries = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelFileException(file, "a JSON object as header", document.RootElement.ValueKind.ToString());
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__")) continue;
                if (!entries.TryAdd(property.Name, ReadEntry(file, property.Name, property.Value, data, fileLength)))
                    throw new ModelFileException(file, "every tensor named once", $"'{property.Name}' twice");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or DecoderFallbackException)
        {
            throw new ModelFileException(file, "a header of valid JSON with dtype, shape and data_offsets", e.Message, e);
        }
        return entries;
    }

    private static SafetensorsEntry ReadEntry(string file, string name, JsonElement value, long data, long fileLength)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array
            || !value.TryGetProperty("data_offsets", out var offsets) || offsets.ValueKind != JsonValueKind.Array
            || offsets.GetArrayLength() != 2)
            throw new ModelFileException(file, $"dtype, shape and two data_offsets for tensor '{name}'", "something else");
        if (!Enum.TryParse<SafetensorsType>(dtype.GetString(), out var type) || !Enum.IsDefined(type)
            || int.TryParse(dtype.GetString(), CultureInfo.InvariantCulture, out _))
            throw new ModelFileException(file, $"tensor '{name}' of type {string.Join(", ", Enum.GetNames<SafetensorsType>())}",
                $"type '{dtype.GetString()}'");
        if (shape.GetArrayLength() > 8)
            throw new ModelFileException(file, $"tensor '{name}' of at most 8 dimensions", $"{shape.GetArrayLength()}");

        var dimensions = shape.EnumerateArray().Select(d => d.GetInt64()).ToArray();
        long bytes = BytesPerElement(type);
        try
        {
            foreach (var d in dimensions)
            {
                if (d < 0) throw new ModelFileException(file, $"non-negative sizes for tensor '{name}'", $"{d}");
                bytes = checked(bytes * d);
            }
        }
        catch (OverflowException e)
        {
            throw new ModelFileException(file, $"tensor '{name}' to fit the file", $"shape [{string.Join(',', dimensions)}]", e);
        }
        long begin = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        if (begin < 0 || end < begin || end > fileLength - data)
            throw new ModelFileException(file, $"tensor '{name}' inside the {fileLength - data} bytes of data", $"offsets {begin}..{end}");
        if (end - begin != bytes)
            throw new ModelFileException(file, $"{bytes} bytes for tensor '{name}' {type}[{string.Join(',', dimensions)}]",
                $"{end - begin} bytes");
        return new SafetensorsEntry(name, type, dimensions, data + begin, bytes);
    }

    private static void CheckCoverage(string file, IEnumerable<SafetensorsEntry> entries, long data, long fileLength)
    {
        var next = data;
        foreach (var entry in entries.OrderBy(e => e.Offset).ThenBy(e => e.Length))
        {
            if (entry.Offset != next)
                throw new ModelFileException(file, $"tensor '{entry.Name}' to start at data offset {next - data}",
                    $"{entry.Offset - data}");
            next += entry.Length;
        }
        if (next != fileLength)
            throw new ModelFileException(file, $"{next} bytes in all", $"{fileLength} bytes");
    }
}
