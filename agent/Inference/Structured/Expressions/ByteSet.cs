using System.Numerics;

namespace EdgeAgent.Inference.Structured.Expressions;

/// <summary>A set of byte values.</summary>
internal readonly record struct ByteSet(ulong A, ulong B, ulong C, ulong D)
{
    public static readonly ByteSet None;

    public bool IsEmpty => (A | B | C | D) == 0;

    public int Count => BitOperations.PopCount(A) + BitOperations.PopCount(B) + BitOperations.PopCount(C) + BitOperations.PopCount(D);

    public static ByteSet Range(int low, int high)
    {
        var set = None;
        for (var b = low; b <= high; b++) set = set.With((byte)b);
        return set;
    }

    public static ByteSet Of(ReadOnlySpan<char> ascii)
    {
        var set = None;
        foreach (var c in ascii) set = set.With((byte)c);
        return set;
    }

    public ByteSet With(byte value)
    {
        var bit = 1UL << (value & 63);
        return (value >> 6) switch
        {
            0 => this with { A = A | bit },
            1 => this with { B = B | bit },
            2 => this with { C = C | bit },
            _ => this with { D = D | bit },
        };
    }

    public bool Contains(byte value) => ((value >> 6) switch { 0 => A, 1 => B, 2 => C, _ => D } >> (value & 63) & 1) != 0;

    public static ByteSet operator |(ByteSet x, ByteSet y) => new(x.A | y.A, x.B | y.B, x.C | y.C, x.D | y.D);

    public static ByteSet operator &(ByteSet x, ByteSet y) => new(x.A & y.A, x.B & y.B, x.C & y.C, x.D & y.D);
}
