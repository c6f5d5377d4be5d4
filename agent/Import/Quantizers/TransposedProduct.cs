using System.Numerics;
using System.Runtime.InteropServices;

namespace EdgeAgent.Import.Quantizers;

/// <summary>
/// The matrix product of the quantizers: C += alpha * A^T B, float32, row-major, on all cores. A is [T, M], B [T, N],
/// C [M, N], each with its own row stride. Panels of both inputs are packed, so that the inner loop runs over registers
/// (Goto and van de Geijn 2008). The result does not depend on the number of cores.
/// </summary>
internal static unsafe class TransposedProduct
{
    private const int TileRows = 4, TileVectors = 3, Depth = 256;
    private static readonly int Lanes = Vector<float>.Count, TileColumns = TileVectors * Vector<float>.Count;

    /// <summary>A part of a row-major matrix: where it starts in its array, its rows, columns and row stride.</summary>
    public readonly record struct View(float[] Data, long Start, int Rows, int Columns, int Stride);

    /// <param name="upperOnly">Computes the elements of C on and above its diagonal; those below are undefined.</param>
    public static void Add(View c, View a, View b, float alpha, bool upperOnly = false)
    {
        if (a.Rows != b.Rows || c.Rows != a.Columns || c.Columns != b.Columns)
            throw new ArgumentException($"A^T B of [{a.Rows}, {a.Columns}] and [{b.Rows}, {b.Columns}] into [{c.Rows}, {c.Columns}]");
        if (c.Rows == 0 || c.Columns == 0) return;
        int panels = (c.Columns + TileColumns - 1) / TileColumns, tiles = (c.Rows + TileRows - 1) / TileRows;
        var packed = new float[(long)tiles * TileRows * Math.Min(Depth, Math.Max(a.Rows, 1))];
        for (var t = 0; t < a.Rows; t += Depth)
        {
            int from = t, depth = Math.Min(Depth, a.Rows - t);
            Parallel.For(0, tiles, i => PackA(a, from, depth, i * TileRows, alpha, packed.AsSpan(i * TileRows * depth, TileRows * depth)));
            // a panel of B stays in the innermost cache while all of A is read
            Parallel.For(0, panels, p => AddPanel(c, packed, b, from, depth, p * TileColumns, upperOnly));
        }
    }

    /// <summary>Columns column.. of A, times alpha, as [depth, TileRows], zeros beyond its edge.</summary>
    private static void PackA(View a, int t, int depth, int column, float alpha, Span<float> packed)
    {
        var width = Math.Min(TileRows, a.Columns - column);
        for (var d = 0; d < depth; d++)
        {
            var source = a.Data.AsSpan((int)(a.Start + (long)(t + d) * a.Stride + column), width);
            for (var i = 0; i < TileRows; i++) packed[d * TileRows + i] = i < width ? alpha * source[i] : 0;
        }
    }

    private static void AddPanel(View c, float[] packedA, View b, int t, int depth, int column, bool upperOnly)
    {
        var width = Math.Min(TileColumns, b.Columns - column);
        Span<float> panel = stackalloc float[Depth * TileColumns], tile = stackalloc float[TileRows * TileColumns]; // 24 KB with 8 lanes
        for (var d = 0; d < depth; d++)
        {
            var row = panel.Slice(d * TileColumns, TileColumns);
            b.Data.AsSpan((int)(b.Start + (long)(t + d) * b.Stride + column), width).CopyTo(row);
            row[width..].Clear();
        }
        var rows = upperOnly ? Math.Min(c.Rows, column + width) : c.Rows;
        for (var row = 0; row < rows; row += TileRows)
        {
            Tile(packedA.AsSpan(row * depth, TileRows * depth), panel, depth, tile);
            for (var i = 0; i < Math.Min(TileRows, c.Rows - row); i++)
            {
                var target = c.Data.AsSpan((int)(c.Start + (long)(row + i) * c.Stride + column), width);
                System.Numerics.Tensors.TensorPrimitives.Add(target, tile.Slice(i * TileColumns, width), target);
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
