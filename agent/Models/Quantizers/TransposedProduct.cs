using System.Numerics;
using System.Runtime.InteropServices;

namespace EdgeAgent.Models.Quantizers;

/// <summary>
/// The one matrix product the quantizers need: C += alpha * A^T B, float32, row-major, on all cores. A is [T, M], B [T, N],
/// C [M, N], each with its own row stride. Panels of both inputs are packed, so that the inner loop runs over registers
/// (Goto and van de Geijn 2008). The result does not depend on the number of cores.
/// </summary>
internal static unsafe class TransposedProduct
{
    private const int TileRows = 4, TileVectors = 3, Depth = 256;
    private static readonly int Lanes = Vector<float>.Count, TileColumns = TileVectors * Vector<float>.Count;

    /// <summary>A part of a row-major matrix: where it starts in its array, its rows, columns and row stride.</summary>
    public readonly record struct View(float[] Data, long Start, int Rows, int Columns, int Stride);

    /// <param name="upperOnly">C is symmetric: only what lies on and above its diagonal must be right.</param>
    public static void Add(View c, View a, View b, float alpha, bool upperOnly = false)
    {
        if (a.Rows != b.Rows || c.Rows != a.Columns || c.Columns != b.Columns)
            throw new ArgumentException($"A^T B of [{a.Rows}, {a.Columns}] and [{b.Rows}, {b.Columns}] into [{c.Rows}, {c.Columns}]");
        if (c.Rows == 0 || c.Columns == 0) return;
        var panels = (c.Columns + TileColumns - 1) / TileColumns;
        var packedB = new float[panels * TileColumns * Math.Min(Depth, Math.Max(a.Rows, 1))];
        for (var t = 0; t < a.Rows; t += Depth)
        {
            var depth = Math.Min(Depth, a.Rows - t);
            Parallel.For(0, panels, p => PackB(b, t, depth, p * TileColumns, packedB.AsSpan(p * TileColumns * depth, TileColumns * depth)));
            Parallel.For(0, (c.Rows + TileRows - 1) / TileRows, i => RowTile(c, a, packedB, t, depth, i * TileRows, panels, alpha, upperOnly));
        }
    }

    /// <summary>Columns column.. of B as [depth, TileColumns], zeros beyond its edge.</summary>
    private static void PackB(View b, int t, int depth, int column, Span<float> packed)
    {
        var width = Math.Min(TileColumns, b.Columns - column);
        for (var d = 0; d < depth; d++)
        {
            var row = packed.Slice(d * TileColumns, TileColumns);
            b.Data.AsSpan((int)(b.Start + (long)(t + d) * b.Stride + column), width).CopyTo(row);
            row[width..].Clear();
        }
    }

    private static void RowTile(View c, View a, float[] packedB, int t, int depth, int row, int panels, float alpha, bool upperOnly)
    {
        var height = Math.Min(TileRows, c.Rows - row);
        Span<float> packedA = stackalloc float[Depth * TileRows];
        for (var d = 0; d < depth; d++)
        {
            var source = a.Data.AsSpan((int)(a.Start + (long)(t + d) * a.Stride + row), height);
            for (var i = 0; i < TileRows; i++) packedA[d * TileRows + i] = i < height ? alpha * source[i] : 0;
        }
        Span<float> tile = stackalloc float[TileRows * TileColumns];
        for (var p = upperOnly ? row / TileColumns : 0; p < panels; p++)
        {
            Tile(packedA, packedB.AsSpan(p * TileColumns * depth, TileColumns * depth), depth, tile);
            var width = Math.Min(TileColumns, c.Columns - p * TileColumns);
            for (var i = 0; i < height; i++)
            {
                var target = c.Data.AsSpan((int)(c.Start + (long)(row + i) * c.Stride + p * TileColumns), width);
                for (var j = 0; j < width; j++) target[j] += tile[i * TileColumns + j];
            }
        }
    }

    /// <summary>tile [4, 3 vectors] = A^T B of two packed panels.</summary>
    private static void Tile(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int depth, Span<float> tile)
    {
        Vector<float> c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default;
        Vector<float> c20 = default, c21 = default, c22 = default, c30 = default, c31 = default, c32 = default;
        fixed (float* firstA = a, firstB = b)
        {
            float* pa = firstA, pb = firstB;
            for (var d = 0; d < depth; d++, pa += TileRows, pb += TileColumns)
            {
                Vector<float> b0 = Vector.Load(pb), b1 = Vector.Load(pb + Lanes), b2 = Vector.Load(pb + 2 * Lanes);
                var a0 = new Vector<float>(pa[0]);
                c00 = Vector.FusedMultiplyAdd(a0, b0, c00);
                c01 = Vector.FusedMultiplyAdd(a0, b1, c01);
                c02 = Vector.FusedMultiplyAdd(a0, b2, c02);
                a0 = new Vector<float>(pa[1]);
                c10 = Vector.FusedMultiplyAdd(a0, b0, c10);
                c11 = Vector.FusedMultiplyAdd(a0, b1, c11);
                c12 = Vector.FusedMultiplyAdd(a0, b2, c12);
                a0 = new Vector<float>(pa[2]);
                c20 = Vector.FusedMultiplyAdd(a0, b0, c20);
                c21 = Vector.FusedMultiplyAdd(a0, b1, c21);
                c22 = Vector.FusedMultiplyAdd(a0, b2, c22);
                a0 = new Vector<float>(pa[3]);
                c30 = Vector.FusedMultiplyAdd(a0, b0, c30);
                c31 = Vector.FusedMultiplyAdd(a0, b1, c31);
                c32 = Vector.FusedMultiplyAdd(a0, b2, c32);
            }
        }
        ReadOnlySpan<Vector<float>> all = [c00, c01, c02, c10, c11, c12, c20, c21, c22, c30, c31, c32];
        MemoryMarshal.Cast<Vector<float>, float>(all).CopyTo(tile);
    }
}
