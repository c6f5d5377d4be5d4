using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using Architecture = EdgeAgent.Bundles.Architecture;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// The weights of one form, in the order of its file: what the bundle has is passed on, what the device wants in half precision
/// or in another layout is converted. Tensors are written one after the other, in pieces of a megabyte where the layout allows.
/// </summary>
internal sealed class DeviceWeights
{
    private const int PieceElements = 1 << 18;

    private readonly Bundle _bundle;
    private readonly FormOptions _options;
    private readonly List<SafetensorsTensor> _tensors = [];
    private readonly Lazy<float[]> _piece = new(() => new float[PieceElements]); // one tensor is written at a time

    private DeviceWeights(Bundle bundle, FormOptions options) => (_bundle, _options) = (bundle, options);

    /// <summary>The tensors a form needs. Nothing is read before they are written.</summary>
    public static IReadOnlyList<SafetensorsTensor> Plan(Bundle bundle, FormOptions options)
    {
        var plan = new DeviceWeights(bundle, options);
        var a = bundle.Manifest.Architecture;
        foreach (var (name, length) in WeightNames.Vectors(a))
            plan.Floats(name, IsFloatOnDevice(name, options) ? FloatPrecision.Fp32 : options.Precision, length);
        foreach (var (name, k, n) in WeightNames.Linears(a)) plan.Linear(name, k, n);
        plan.RotaryTables(a);
        // 4-byte tensors first: every offset stays a multiple of its element's size
        return [.. plan._tensors.OrderByDescending(t => SafetensorsHeader.BytesPerElement(t.Type))];
    }

    /// <summary>The entries a file of these tensors would have; offsets are 0. Enough to generate a graph without its file.</summary>
    public static IReadOnlyDictionary<string, SafetensorsEntry> Entries(IEnumerable<SafetensorsTensor> tensors) =>
        tensors.ToDictionary(t => t.Name, t => new SafetensorsEntry(t.Name, t.Type, t.Shape, 0, t.Length));

    /// <summary>Norms of the static forms are computed in float32.</summary>
    private static bool IsFloatOnDevice(string name, FormOptions options) =>
        options.IsStatic && name.EndsWith("norm", StringComparison.Ordinal);

    private void Linear(string name, int k, int n)
    {
        if (name == WeightNames.Head && _bundle.Embedding.IsHead)
        {
            if (_options.IsStatic || _options.Linears == LinearStorage.Fp16)
                _tensors.Add(TiedHead.Dequantized(_bundle, _options.Precision));
            else _tensors.AddRange(TiedHead.Blocks(_bundle, _options.Precision));
            return;
        }
        var entries = _bundle.Weights.Entries;
        var isFloat = entries.ContainsKey(WeightNames.Float(name));
        var isInt8 = entries.ContainsKey(WeightNames.Int8(name));
        if (_options.Linears == LinearStorage.Fp16 || isFloat || (isInt8 && _options.IsStatic))
        {
            Dequantized(name, k, n);
            return;
        }
        var block = QuantizedMatrix.BlockFor(k, _bundle.Manifest.Quantization.Block);
        if (_options.Form == GraphForm.Cuda) BlockLayout.Add(_tensors, _bundle.Weights, name, (k, n, block), Type);
        else
        {
            var packed = _bundle.Weights.Entry(WeightNames.Int4(name));
            _tensors.Add(new SafetensorsTensor(packed.Name, packed.Type, packed.Shape, stream => Copy(packed, stream)));
            Floats(WeightNames.Scale(name), _options.Precision, k / block, n);
        }
        if (entries.ContainsKey(WeightNames.Offset(name))) Floats(WeightNames.Offset(name), _options.Precision, k / block, n);
    }

    private SafetensorsType Type => TypeOf(_options.Precision);

    internal static SafetensorsType TypeOf(FloatPrecision precision) =>
        precision == FloatPrecision.Fp16 ? SafetensorsType.F16 : SafetensorsType.F32;

    /// <summary>A float tensor of the bundle in a precision.</summary>
    private void Floats(string name, FloatPrecision precision, params long[] shape)
    {
        var entry = _bundle.Weights.Entry(name);
        _tensors.Add(new SafetensorsTensor(name, TypeOf(precision), shape, stream =>
        {
            for (var at = 0L; at < entry.Elements; at += PieceElements)
            {
                var values = _piece.Value.AsSpan(0, (int)Math.Min(PieceElements, entry.Elements - at));
                _bundle.Weights.ReadFloats(entry, at, values);
                Write(stream, values, precision);
            }
        }));
    }

    /// <summary>A linear as float [K, N], row by row.</summary>
    private void Dequantized(string name, int k, int n) =>
        _tensors.Add(new SafetensorsTensor(WeightNames.Float(name), Type, [k, n], stream =>
        {
            var rows = new LinearRows(_bundle, name, k, n);
            var row = new float[n];
            for (var i = 0; i < k; i++)
            {
                rows.Read(i, row);
                Write(stream, row, _options.Precision);
            }
        }));

    private void RotaryTables(Architecture a)
    {
        foreach (var (name, function) in new (string, Func<double, double>)[] { (FormGraph.Cos, Math.Cos), (FormGraph.Sin, Math.Sin) })
            _tensors.Add(new SafetensorsTensor(name, Type, [_options.CacheLength, a.HeadSize / 2], stream =>
            {
                var rotary = RotaryFrequencies.Of(a);
                var row = new float[rotary.Frequencies.Length];
                for (var position = 0; position < _options.CacheLength; position++)
                {
                    RotaryFrequencies.Row(rotary, position, function, row);
                    Write(stream, row, _options.Precision);
                }
            }));
    }

    private void Copy(SafetensorsEntry entry, Stream stream)
    {
        for (var at = 0L; at < entry.Length; at += PieceElements)
            stream.Write(_bundle.Weights.Bytes(entry, at, (int)Math.Min(PieceElements, entry.Length - at)));
    }

    internal static void Write(Stream stream, ReadOnlySpan<float> values, FloatPrecision precision)
    {
        if (precision == FloatPrecision.Fp32)
        {
            stream.Write(MemoryMarshal.AsBytes(values));
            return;
        }
        var halves = ArrayPool<Half>.Shared.Rent(values.Length);
        TensorPrimitives.ConvertToHalf(values, halves);
        stream.Write(MemoryMarshal.AsBytes<Half>(halves.AsSpan(0, values.Length)));
        ArrayPool<Half>.Shared.Return(halves);
    }
}
