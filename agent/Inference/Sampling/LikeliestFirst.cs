using System.Buffers;
using System.Runtime.Intrinsics;

namespace EdgeAgent.Inference.Sampling;

/// <summary>
/// Weights in descending order, equal ones by position, sorted only as far as they are read: each extension takes the weights down to
/// an eighth of the last floor. Of a vocabulary's tokens a draw reads the first few hundred. Borrows a buffer; dispose it.
/// </summary>
/// <param name="weights">In 0..1, with a 1 among them; must not change.</param>
internal ref struct LikeliestFirst(ReadOnlySpan<float> weights)
{
    private const float Step = 1f / 8, Smallest = 1e-30f;

    private readonly ReadOnlySpan<float> _weights = weights;

    // the complement of a weight's bits above its position: ascending keys are descending weights, then ascending positions
    private readonly ulong[] _keys = ArrayPool<ulong>.Shared.Rent(weights.Length);
    private float _floor = float.PositiveInfinity; // exclusive upper end of what is not sorted yet
    private int _sorted;

    /// <summary>Position of the weight of a rank, 0 being the largest.</summary>
    public int Position(int rank)
    {
        while (rank >= _sorted) Extend();
        return (int)(uint)_keys[rank];
    }

    public float Weight(int rank) => _weights[Position(rank)];

    private void Extend()
    {
        var floor = float.IsPositiveInfinity(_floor) ? Step : _floor * Step;
        if (floor < Smallest) floor = 0;
        var (first, i) = (_sorted, 0);
        var low = Vector256.Create(floor);
        for (; i + Vector256<float>.Count <= _weights.Length; i += Vector256<float>.Count)
        {
            var hits = Vector256.GreaterThanOrEqual(Vector256.Create(_weights[i..]), low).ExtractMostSignificantBits();
            for (; hits != 0; hits &= hits - 1) Take(i + int.TrailingZeroCount((int)hits));
        }
        for (; i < _weights.Length; i++)
            if (_weights[i] >= floor) Take(i);
        _keys.AsSpan(first, _sorted - first).Sort();
        _floor = floor;
    }

    private void Take(int position)
    {
        var weight = _weights[position];
        if (weight < _floor) _keys[_sorted++] = (ulong)~BitConverter.SingleToUInt32Bits(weight) << 32 | (uint)position;
    }

    public readonly void Dispose() => ArrayPool<ulong>.Shared.Return(_keys);
}
