using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using EdgeAgent.Bundles;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Gguf;

/// <summary>
/// One tensor: <c>Columns</c> is the fastest dimension, <c>Rows</c> the product of the others. Offset and Length are bytes of the file.
/// </summary>
internal sealed record GgufTensor(string Name, GgufType Type, long Columns, long Rows, long Offset, long Length);

/// <summary>
/// A mapped GGUF file, version 2 or 3, little-endian. Every count, length and offset is checked against the file before it is
/// used, and nothing is allocated beyond a small multiple of the file's size.
/// </summary>
internal sealed class GgufFile : IDisposable
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const int MaxDimensions = 4, MaxNameBytes = 65_535, DefaultAlignment = 32;
    private readonly MappedFile _file;
    private long _at;

    private GgufFile(MappedFile file) => _file = file;

    public string Path => _file.Path;

    /// <summary>Values: long, double, bool, string, or an array of one of them (List).</summary>
    public Dictionary<string, object> Metadata { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, GgufTensor> Tensors { get; } = new(StringComparer.Ordinal);

    public static bool Recognizes(string path)
    {
        if (!File.Exists(path)) return false;
        using var stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        return stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && BinaryPrimitives.ReadUInt32LittleEndian(start) == Magic;
    }

    /// <exception cref="ModelFileException">Not GGUF, truncated, inconsistent, or with a tensor type that cannot be read.</exception>
    public static GgufFile Open(string path)
    {
        var gguf = new GgufFile(new MappedFile(path));
        try
        {
            gguf.Read();
            return gguf;
        }
        catch
        {
            gguf.Dispose();
            throw;
        }
    }

    /// <summary>A text; null when the file has none under the key.</summary>
    /// <exception cref="ModelFileException">The key holds something else; so for the other kinds.</exception>
    public string? Text(string key) => (string?)Scalar(key, typeof(string));

    public long? Whole(string key) => (long?)Scalar(key, typeof(long));

    public double? Number(string key) => Metadata.GetValueOrDefault(key) is long n ? n : (double?)Scalar(key, typeof(double));

    public bool Flag(string key) => Scalar(key, typeof(bool)) is true;

    private object? Scalar(string key, Type type) => !Metadata.TryGetValue(key, out var value) || value.GetType() == type
        ? value : throw Fail($"{key} as {One(type)}", One(value.GetType()));

    /// <summary>An array whose values are all long, double, bool or string; null when the file has none under the key.</summary>
    /// <exception cref="ModelFileException">The key holds something else.</exception>
    public IReadOnlyList<T>? List<T>(string key)
    {
        if (!Metadata.TryGetValue(key, out var value)) return null;
        var expected = $"{key} as a list of {Kind(typeof(T))}";
        var list = value as List<object> ?? throw Fail(expected, "one value");
        return list.Find(v => v is not T) is { } other ? throw Fail(expected, $"a list of {Kind(other.GetType())}") : [.. list.Cast<T>()];
    }

    public ReadOnlySpan<byte> Bytes(GgufTensor tensor, long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, tensor.Length - length);
        return _file.Span(tensor.Offset + offset, length);
    }

    private void Read()
    {
        if (U32() != Magic) throw Fail("the magic 'GGUF'", "something else");
        var version = U32();
        if (version is not (2 or 3)) throw Fail("version 2 or 3", version.ToString(CultureInfo.InvariantCulture));
        long tensors = Count("tensors", minimumBytes: 24), values = Count("metadata entries", minimumBytes: 13);
        for (var i = 0L; i < values; i++)
        {
            var key = Name();
            if (!Metadata.TryAdd(key, Value((int)U32(), depth: 0))) throw Fail("every metadata key once", $"'{key}' twice");
        }
        var infos = new List<(string Name, GgufType Type, long[] Shape, long Offset)>();
        for (var i = 0L; i < tensors; i++) infos.Add(TensorInfo());
        var alignment = Whole("general.alignment") ?? DefaultAlignment;
        if (alignment is < 1 or > 1 << 20 || alignment % 8 != 0) throw Fail("an alignment that is a multiple of 8", $"{alignment}");
        var data = (_at + alignment - 1) / alignment * alignment;
        foreach (var info in infos) Add(info.Name, info.Type, info.Shape, info.Offset, data);
    }

    private (string, GgufType, long[], long) TensorInfo()
    {
        var name = Name();
        var dimensions = U32();
        if (dimensions is < 1 or > MaxDimensions) throw Fail($"1..{MaxDimensions} dimensions for tensor '{name}'", $"{dimensions}");
        var shape = new long[dimensions];
        for (var d = 0; d < dimensions; d++) shape[d] = I64($"dimension {d} of tensor '{name}'");
        var type = (GgufType)U32();
        if (!Enum.IsDefined(type))
            throw Fail($"tensor '{name}' of type {string.Join(", ", Enum.GetNames<GgufType>())}", $"type {(int)type}");
        return (name, type, shape, I64($"offset of tensor '{name}'"));
    }

    private void Add(string name, GgufType type, long[] shape, long offset, long data)
    {
        var (elements, bytes) = GgufTypes.Block(type);
        long rows = 1, length;
        try
        {
            foreach (var d in shape.Skip(1)) rows = checked(rows * d);
            length = checked(shape[0] / elements * bytes * rows);
        }
        catch (OverflowException e)
        {
            throw new ModelFileException(Path, $"tensor '{name}' to fit the file", $"shape [{string.Join(", ", shape)}]", e);
        }
        if (shape[0] < 1 || rows < 1 || shape[0] % elements != 0)
            throw Fail($"columns of tensor '{name}' in blocks of {elements} for {type}", $"shape [{string.Join(", ", shape)}]");
        if (offset > _file.Length - data || length > _file.Length - data - offset)
            throw Fail($"tensor '{name}' inside the {Math.Max(0, _file.Length - data)} bytes of data", $"{length} bytes at {offset}");
        if (!Tensors.TryAdd(name, new GgufTensor(name, type, shape[0], rows, data + offset, length)))
            throw Fail("every tensor once", $"'{name}' twice");
    }

    private object Value(int type, int depth) => type switch
    {
        0 => (object)(long)Take(1)[0],
        1 => (long)(sbyte)Take(1)[0],
        2 => (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
        3 => (long)BinaryPrimitives.ReadInt16LittleEndian(Take(2)),
        4 => (long)U32(),
        5 => (long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)),
        6 => (double)BinaryPrimitives.ReadSingleLittleEndian(Take(4)),
        7 => Take(1)[0] != 0,
        8 => String(int.MaxValue),
        9 when depth == 0 => Array(),
        10 => I64("an unsigned value"),
        11 => BinaryPrimitives.ReadInt64LittleEndian(Take(8)),
        12 => BinaryPrimitives.ReadDoubleLittleEndian(Take(8)),
        _ => throw Fail("a metadata type of 0..12, arrays not nested", $"{type}"),
    };

    private List<object> Array()
    {
        var type = (int)U32();
        var count = Count("array elements", minimumBytes: 1);
        var list = new List<object>((int)Math.Min(count, 1 << 20));
        for (var i = 0L; i < count; i++) list.Add(Value(type, depth: 1));
        return list;
    }

    /// <summary>A count that the rest of the file can hold when each element takes at least <paramref name="minimumBytes"/>.</summary>
    private long Count(string what, int minimumBytes)
    {
        var count = I64($"number of {what}");
        return count <= (_file.Length - _at) / minimumBytes
            ? count : throw Fail($"at most {(_file.Length - _at) / minimumBytes} {what}", $"{count}");
    }

    private string Name() => String(MaxNameBytes);

    private string String(int limit)
    {
        var length = I64("length of a string");
        return length <= Math.Min(limit, _file.Length - _at)
            ? Encoding.UTF8.GetString(Take((int)length))
            : throw Fail($"a string of at most {Math.Min(limit, _file.Length - _at)} bytes", $"{length}");
    }

    private uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>An unsigned 64-bit number that fits a signed one.</summary>
    private long I64(string what)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
        return value <= long.MaxValue ? (long)value : throw Fail($"{what} of at most {long.MaxValue}", $"{value}");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _file.Length - _at) throw Fail($"{length} more bytes at {_at}", $"{_file.Length - _at}");
        var span = _file.Span(_at, length);
        _at += length;
        return span;
    }

    private static string Kind(Type type) =>
        type == typeof(long) ? "whole numbers" : type == typeof(double) ? "decimal numbers" : type == typeof(bool) ? "true or false"
        : "texts";

    private static string One(Type type) =>
        type == typeof(long) ? "a whole number" : type == typeof(double) ? "a number" : type == typeof(bool) ? "true or false"
        : type == typeof(string) ? "a text" : "a list";

    private ModelFileException Fail(string expected, string found) => new(Path, expected, found);

    public void Dispose() => _file.Dispose();
}
