using System.Numerics;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// A linear-chain tagger: every position has hashed features, each with a weight for each label; transitions
/// between labels have weights too; the best path is found exactly (Viterbi). Labels: O, then begin and inside of each type.
/// </summary>
internal sealed class Tagger
{
    private readonly sbyte[] _weights;
    private readonly float[] _transitions, _values = new float[256]; // what each stored byte stands for
    private readonly float _largest;

    private Tagger(sbyte[] weights, float largest, float[] transitions)
    {
        (_weights, _largest, _transitions) = (weights, largest, transitions);
        for (var q = -Levels; q <= Levels; q++)
            _values[(byte)(sbyte)q] = Math.Sign(q) * largest * ((float)q / Levels) * ((float)q / Levels);
    }

    /// <summary>
    /// A weight is one of 31 values: rounded to 255 the models are no better (measured), and the file is half as large again.
    /// </summary>
    private const int Levels = 15;

    /// <summary>Rounds weights, finer near zero: value = sign x largest x (q / <see cref="Levels"/>)^2.</summary>
    /// <param name="weights">[rows, <see cref="Stride"/>].</param>
    public static Tagger Round(float[] weights, float[] transitions)
    {
        var largest = Math.Max(Math.Abs(System.Numerics.Tensors.TensorPrimitives.MaxMagnitude<float>(weights)), 1e-6f);
        return new Tagger([.. weights.Select(w => (sbyte)(Math.Sign(w) * MathF.Round(Levels * MathF.Sqrt(Math.Abs(w) / largest))))],
            largest, transitions);
    }

    public static readonly IReadOnlyList<string> Types = [EntityTypes.Person, EntityTypes.Location, EntityTypes.Organization];

    /// <summary>O, and B and I of each type.</summary>
    public const int Labels = 7;

    /// <summary>Stored per feature: the labels, padded so that a row is eight bytes.</summary>
    public const int Stride = 8;

    public static int Begin(int type) => 1 + 2 * type;

    public static int Inside(int type) => 2 + 2 * type;

    /// <summary>Rows of the weight table; a power of two.</summary>
    public int Rows => _weights.Length / Stride;

    /// <summary>Whether a label may follow another (or the start, -1): an inside needs its begin.</summary>
    public static bool May(int previous, int label) => label == 0 || label % 2 == 1 || previous == label || previous == label - 1;

    /// <summary>The best labels of a sentence.</summary>
    /// <param name="features">[positions, width] hashes.</param>
    /// <param name="bias">[types], added to the labels of each type at every position: above 0 finds more.</param>
    /// <param name="labels">[positions], filled.</param>
    public void Tag(ReadOnlySpan<uint> features, int width, IReadOnlyList<float> bias, Span<byte> labels)
    {
        var count = labels.Length;
        if (count == 0) return;
        Span<float> best = stackalloc float[Labels], next = stackalloc float[Labels], emit = stackalloc float[Labels];
        var back = count <= 1024 ? stackalloc byte[count * Labels] : new byte[count * Labels];
        var mask = (uint)(Rows - 1);
        for (var i = 0; i < count; i++)
        {
            Emit(features.Slice(i * width, width), mask, emit);
            for (var type = 0; type < Types.Count; type++)
            {
                emit[Begin(type)] += bias[type];
                emit[Inside(type)] += bias[type];
            }
            for (var label = 0; label < Labels; label++)
            {
                var (score, from) = (float.NegativeInfinity, 0);
                if (i == 0) score = May(-1, label) ? 0 : float.NegativeInfinity;
                else
                    for (var previous = 0; previous < Labels; previous++)
                    {
                        if (!May(previous, label)) continue;
                        var s = best[previous] + _transitions[previous * Labels + label];
                        if (s > score) (score, from) = (s, previous);
                    }
                next[label] = score + emit[label];
                back[i * Labels + label] = (byte)from;
            }
            next.CopyTo(best);
        }
        var last = 0;
        for (var label = 1; label < Labels; label++)
            if (best[label] > best[last]) last = label;
        for (var i = count - 1; i >= 0; i--)
        {
            labels[i] = (byte)last;
            last = back[i * Labels + last];
        }
    }

    /// <summary>
    /// Cuts a sentence into entities and single positions outside (a semi-Markov field: Sarawagi and Cohen 2004). An entity scores by
    /// its positions as above and, as a whole, by its span's features, whose weights stand in the column of the type's begin.
    /// What is taken is decided by <see cref="Segmentation"/>.
    /// </summary>
    public void Tag(ReadOnlySpan<uint> features, int width, ISpanFeatures spans, IReadOnlyList<float> bias, Span<byte> labels)
    {
        var count = labels.Length;
        if (count == 0) return;
        var emit = new float[count * Labels];
        var inside = new float[(count + 1) * Types.Count]; // running sums of the insides
        var outside = new float[count];
        var mask = (uint)(Rows - 1);
        for (var i = 0; i < count; i++)
        {
            Emit(features.Slice(i * width, width), mask, emit.AsSpan(i * Labels, Labels));
            outside[i] = emit[i * Labels];
            var counts = spans.CountsForBias(i);
            for (var type = 0; type < Types.Count; type++)
                inside[(i + 1) * Types.Count + type] = inside[i * Types.Count + type] + emit[i * Labels + Inside(type)]
                    + (counts ? bias[type] : 0);
        }
        var segments = new List<Segment>();
        Span<uint> row = stackalloc uint[spans.Width];
        Span<float> scores = stackalloc float[Types.Count], head = stackalloc float[Types.Count];
        for (var start = 0; start < count; start++)
        {
            if (!spans.IsBorder(start)) continue;
            var counts = spans.CountsForBias(start);
            for (var type = 0; type < Types.Count; type++)
                head[type] = emit[start * Labels + Begin(type)] + (counts ? bias[type] : 0) - inside[(start + 1) * Types.Count + type];
            if (Likeliest(head, start + 1) - outside[start] < HopelessStart) continue;
            var longest = Math.Min(spans.Longest(start), count - start);
            var none = 0f; // no entity there
            for (var end = start + 1; end <= start + longest; end++)
            {
                none += outside[end - 1];
                if (Likeliest(head, end) - none < HopelessSpan) break;
                if (!spans.IsBorder(end)) continue;
                row.Clear();
                spans.Fill(start, end, row);
                scores.Clear();
                foreach (var feature in row)
                {
                    if (feature == 0) continue;
                    var weights = _weights.AsSpan((int)(feature & mask) * Stride, Stride);
                    for (var type = 0; type < Types.Count; type++) scores[type] += _values[(byte)weights[Begin(type)]];
                }
                for (var type = 0; type < Types.Count; type++)
                {
                    var score = head[type] + inside[end * Types.Count + type] + scores[type];
                    if (score - none > HopelessSegment) segments.Add(new Segment(start, end, type, score));
                }
            }
        }
        // the most that positions alone say for an entity of any type
        float Likeliest(ReadOnlySpan<float> from, int end)
        {
            var most = float.NegativeInfinity;
            for (var type = 0; type < Types.Count; type++) most = Math.Max(most, from[type] + inside[end * Types.Count + type]);
            return most;
        }
        var probabilities = Segmentation.Probabilities(segments, outside, _transitions);
        labels.Clear();
        foreach (var taken in Segmentation.Choose(segments, probabilities, count))
        {
            labels[taken.Start..taken.End].Fill((byte)Inside(taken.Type));
            labels[taken.Start] = (byte)Begin(taken.Type);
        }
    }

    /// <summary>
    /// Spans that are so far behind no entity there, by their positions alone, are not looked at, nor are those taken further
    /// that are as a whole: a third less time, and on the development set no less is found.
    /// </summary>
    private const float HopelessStart = -3, HopelessSpan = -5, HopelessSegment = -5;

    /// <summary>The label that stands for a kind of segment (0 outside, else type + 1) in the transitions.</summary>
    public static int Head(int kind) => kind == 0 ? 0 : Begin(kind - 1);

    private void Emit(ReadOnlySpan<uint> features, uint mask, Span<float> emit)
    {
        emit.Clear();
        foreach (var feature in features)
        {
            if (feature == 0) continue;
            var row = _weights.AsSpan((int)(feature & mask) * Stride, Stride);
            for (var label = 0; label < Labels; label++) emit[label] += _values[(byte)row[label]];
        }
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(BitOperations.Log2((uint)Rows));
        writer.Write(_largest);
        foreach (var t in _transitions) writer.Write(t);
        writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_weights.AsSpan()));
    }

    public static Tagger Read(BinaryReader reader)
    {
        var log = reader.ReadInt32();
        if (log is < 8 or > 22) throw new InvalidDataException($"a table of 2^8..2^22 rows, found 2^{log}");
        var largest = reader.ReadSingle();
        var transitions = new float[Labels * Labels];
        for (var i = 0; i < transitions.Length; i++) transitions[i] = reader.ReadSingle();
        var weights = new sbyte[(1 << log) * Stride];
        reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights.AsSpan()));
        return new Tagger(weights, largest, transitions);
    }
}
