using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace EdgeAgent.Privacy.Entities.Crf;

/// <summary>
/// The weights of a conditional random field: one row of label weights for each hash of a feature, rounded to 31 values, and one
/// weight for each pair of labels in a row. Immutable and safe for concurrent use.
/// </summary>
public sealed class CrfWeights
{
    /// <summary>
    /// A weight is one of 31 values: rounded to 255 values the models are no better (measured), and the file is half as large again.
    /// </summary>
    private const int Levels = 15;

    /// <summary>Rows are between 2^8 and 2^22.</summary>
    private const int MinLog2Rows = 8, MaxLog2Rows = 22;

    private readonly sbyte[] _weights; // [rows, Stride]
    private readonly float[] _values = new float[256]; // what each stored byte stands for
    private readonly float[] _transitions;
    private readonly float _maxWeight;

    private CrfWeights(sbyte[] weights, float maxWeight, float[] transitions)
    {
        (_weights, _maxWeight, _transitions) = (weights, maxWeight, transitions);
        for (var q = -Levels; q <= Levels; q++)
            _values[(byte)(sbyte)q] = Math.Sign(q) * maxWeight * ((float)q / Levels) * ((float)q / Levels);
    }

    /// <summary>Values stored for a row: the labels, padded so that a row is eight bytes.</summary>
    public const int Stride = 8;

    /// <summary>Rounds weights, finer near zero: value = sign x largest x (q / 15)^2 with q in -15..15.</summary>
    /// <param name="weights">[rows, <see cref="Stride"/>]; rows are a power of two.</param>
    /// <param name="transitions">[labels, labels], previous label first.</param>
    public static CrfWeights Round(float[] weights, float[] transitions)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var maxWeight = Math.Max(Math.Abs(TensorPrimitives.MaxMagnitude<float>(weights)), 1e-6f);
        return new CrfWeights([.. weights.Select(w => (sbyte)(Math.Sign(w) * MathF.Round(Levels * MathF.Sqrt(Math.Abs(w) / maxWeight))))],
            maxWeight, transitions);
    }

    /// <summary>Rows of the table; a power of two.</summary>
    public int Rows => _weights.Length / Stride;

    /// <summary>[labels, labels], previous label first.</summary>
    internal float[] Transitions => _transitions;

    /// <summary>Sums the label weights of features.</summary>
    /// <param name="features">Hashes; 0 stands for none.</param>
    /// <param name="emissions">[labels], overwritten.</param>
    internal void Emit(ReadOnlySpan<uint> features, Span<float> emissions)
    {
        emissions.Clear();
        var mask = (uint)(Rows - 1);
        foreach (var feature in features)
        {
            if (feature == 0) continue;
            var row = _weights.AsSpan((int)(feature & mask) * Stride, Stride);
            for (var label = 0; label < EntityLabels.Count; label++) emissions[label] += _values[(byte)row[label]];
        }
    }

    /// <summary>Sums what the features of a span say for each type; their weights stand in the column of the type's begin.</summary>
    /// <param name="features">Hashes; 0 stands for none.</param>
    /// <param name="scores">[types], overwritten.</param>
    internal void EmitSpan(ReadOnlySpan<uint> features, Span<float> scores)
    {
        scores.Clear();
        var mask = (uint)(Rows - 1);
        foreach (var feature in features)
        {
            if (feature == 0) continue;
            var row = _weights.AsSpan((int)(feature & mask) * Stride, Stride);
            for (var type = 0; type < scores.Length; type++) scores[type] += _values[(byte)row[EntityLabels.Begin(type)]];
        }
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(BitOperations.Log2((uint)Rows));
        writer.Write(_maxWeight);
        foreach (var t in _transitions) writer.Write(t);
        writer.Write(MemoryMarshal.AsBytes(_weights.AsSpan()));
    }

    /// <exception cref="InvalidDataException">The number of rows is out of range.</exception>
    internal static CrfWeights Read(BinaryReader reader)
    {
        var log = reader.ReadInt32();
        if (log is < MinLog2Rows or > MaxLog2Rows)
            throw new InvalidDataException($"a table of 2^{MinLog2Rows}..2^{MaxLog2Rows} rows, found 2^{log}");
        var maxWeight = reader.ReadSingle();
        var transitions = new float[EntityLabels.Count * EntityLabels.Count];
        for (var i = 0; i < transitions.Length; i++) transitions[i] = reader.ReadSingle();
        var weights = new sbyte[(1 << log) * Stride];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(weights.AsSpan()));
        return new CrfWeights(weights, maxWeight, transitions);
    }
}
