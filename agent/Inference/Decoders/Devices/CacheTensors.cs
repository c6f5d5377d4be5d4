using System.Runtime.InteropServices;
using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Architecture = EdgeAgent.Bundles.Architecture;

namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>
/// Keys and values of every layer, [rows, kv_heads, length, head_size] each, in a device's memory and in one precision. The same memory is
/// past and present of a graph. Allocated once, a piece for each of them: some devices have memory, but no large piece of it.
/// </summary>
internal sealed class CacheTensors : IDisposable
{
    private readonly IDeviceMemory _memory;
    private readonly Architecture _architecture;
    private readonly TensorElementType _type;
    private readonly int _rows, _length, _elementBytes;
    private readonly List<IDeviceBuffer> _tensors = []; // keys and values in turn

    /// <param name="length">Positions of a row.</param>
    /// <exception cref="StudentMemoryException">The device has not that much memory.</exception>
    public CacheTensors(Architecture architecture, FloatPrecision precision, int rows, int length, IDeviceMemory memory)
    {
        (_architecture, _rows, _length, _memory) = (architecture, rows, length, memory);
        (_type, _elementBytes) = (TypeOf(precision), BytesOf(precision));
        try
        {
            for (var i = 0; i < 2 * architecture.Layers; i++) _tensors.Add(memory.Allocate(RowBytes * rows));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes of all of them.</summary>
    public long Bytes => _tensors.Sum(t => t.Length);

    /// <summary>Bytes of one position of a row.</summary>
    public int PositionBytes => PositionBytesOf(_architecture, _elementBytes);

    private int HeadPosition => _architecture.HeadSize * _elementBytes;

    private long HeadBytes => (long)_length * HeadPosition;

    private long RowBytes => _architecture.KvHeads * HeadBytes;

    public static int PositionBytesOf(Architecture a, int elementBytes) => 2 * a.Layers * a.KvHeads * a.HeadSize * elementBytes;

    public static TensorElementType TypeOf(FloatPrecision precision) =>
        precision == FloatPrecision.Fp16 ? TensorElementType.Float16 : TensorElementType.Float;

    public static int BytesOf(FloatPrecision precision) => precision == FloatPrecision.Fp16 ? sizeof(ushort) : sizeof(float);

    /// <summary>
    /// Rows <paramref name="first"/>.. of tensor <paramref name="index"/>: 2 * layer for keys, 2 * layer + 1 for values. The caller
    /// disposes of it before this.
    /// </summary>
    public OrtValue Rows(int index, int first, int rows) => OrtValue.CreateTensorValueWithData(_memory.Info, _type,
        [rows, _architecture.KvHeads, _length, _architecture.HeadSize], _tensors[index].At(first * RowBytes), rows * RowBytes);

    /// <summary>Copies the first positions of one row over another's.</summary>
    public void CopyRow(int from, int to, int length)
    {
        if (from == to || length == 0) return;
        foreach (var tensor in _tensors)
            _memory.Copy(Positions(tensor, from, 0), Positions(tensor, to, 0), (long)length * HeadPosition, _architecture.KvHeads);
        _memory.Finish();
    }

    /// <summary>Copies positions of a row out: by tensor, then by head, [count, head_size].</summary>
    public void Read(int row, int start, int count, Span<byte> to) => Exchange(row, start, count, to, isRead: true);

    /// <summary>Copies positions into a row, as <see cref="Read"/> gave them.</summary>
    public void Write(int row, int start, int count, ReadOnlySpan<byte> from) =>
        // the span is only read: one method walks the tensors in both directions
        Exchange(row, start, count, MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(from), from.Length), isRead: false);

    private unsafe void Exchange(int row, int start, int count, Span<byte> host, bool isRead)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)_rows, nameof(row));
        if (start < 0 || count < 1 || start + count > _length)
            throw new ArgumentOutOfRangeException(nameof(count), $"{count} positions at {start} in a row of {_length}");
        ArgumentOutOfRangeException.ThrowIfNotEqual(host.Length, count * PositionBytes, nameof(host));
        long width = (long)count * HeadPosition, part = width * _architecture.KvHeads;
        fixed (byte* bytes = host)
        {
            for (var i = 0; i < _tensors.Count; i++)
            {
                var (there, here) = (Positions(_tensors[i], row, start), new Strided((IntPtr)(bytes + i * part), width));
                _memory.Copy(isRead ? there : here, isRead ? here : there, width, _architecture.KvHeads);
            }
            _memory.Finish();
        }
    }

    /// <summary>A row's heads from a position on.</summary>
    private Strided Positions(IDeviceBuffer tensor, int row, int start) =>
        new(tensor.At(row * RowBytes + (long)start * HeadPosition), HeadBytes);

    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
    }
}
