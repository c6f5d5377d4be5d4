using static EdgeAgent.Import.Quantizers.TransposedProduct;

namespace EdgeAgent.Import.Quantizers;

/// <summary>
/// Blocked Cholesky factorization and triangular inverse, float32, on all cores (Golub and Van Loan, Matrix Computations, 4.2).
/// </summary>
internal static class Triangular
{
    private const int Block = 64;

    /// <summary>
    /// Replaces the upper triangle of the symmetric positive definite h [n, n] by U with h = U^T U; the strictly lower triangle
    /// is unchanged.
    /// </summary>
    /// <returns>False where h is not positive definite in float32; h is then undefined.</returns>
    public static bool Cholesky(float[] h, int n)
    {
        for (var at = 0; at < n; at += Block)
        {
            var size = Math.Min(Block, n - at);
            if (!Diagonal(h, n, at, size)) return false;
            var rest = n - at - size;
            if (rest == 0) return true;
            SolveRows(h, n, at, size);
            var row = new View(h, (long)at * n + at + size, size, rest, n);
            Add(new View(h, (long)(at + size) * n + at + size, rest, rest, n), row, row, -1, upperOnly: true);
        }
        return true;
    }

    /// <summary>The inverse of U^T as a lower triangular matrix [n, n] with zeros above its diagonal; u is an upper triangle.</summary>
    public static float[] InverseTransposed(float[] u, int n)
    {
        var w = new float[(long)n * n];
        for (var at = 0; at < n; at += Block)
        {
            var size = Math.Min(Block, n - at);
            InvertDiagonal(u, w, n, at, size);
            if (at == 0) continue;
            // W[at.., 0..at] = -W[at.., at..] U[0..at, at..]^T W[0..at, 0..at]
            var product = new float[size * at];
            Add(new View(product, 0, size, at, at), new View(u, at, at, size, n), new View(w, 0, at, at, n), 1);
            var transposed = new float[size * size];
            for (var i = 0; i < size; i++)
                for (var j = 0; j <= i; j++) transposed[j * size + i] = w[(long)(at + i) * n + at + j];
            Add(new View(w, (long)at * n, size, at, n), new View(transposed, 0, size, size, size), new View(product, 0, size, at, at), -1);
        }
        return w;
    }

    private static bool Diagonal(float[] h, int n, int at, int size)
    {
        for (var i = 0; i < size; i++)
        {
            var row = (long)(at + i) * n + at;
            double pivot = h[row + i];
            for (var k = 0; k < i; k++) pivot -= (double)h[(long)(at + k) * n + at + i] * h[(long)(at + k) * n + at + i];
            if (!(pivot > 0)) return false;
            var root = Math.Sqrt(pivot);
            h[row + i] = (float)root;
            for (var j = i + 1; j < size; j++)
            {
                double sum = h[row + j];
                for (var k = 0; k < i; k++) sum -= (double)h[(long)(at + k) * n + at + i] * h[(long)(at + k) * n + at + j];
                h[row + j] = (float)(sum / root);
            }
        }
        return true;
    }

    /// <summary>Rows at.. right of the diagonal block: solves U_diag^T X = h.</summary>
    private static void SolveRows(float[] h, int n, int at, int size)
    {
        var rest = n - at - size;
        const int slice = 256;
        Parallel.For(0, (rest + slice - 1) / slice, s =>
        {
            var first = at + size + s * slice;
            var width = Math.Min(slice, n - first);
            for (var i = 0; i < size; i++)
            {
                var row = h.AsSpan((int)((long)(at + i) * n + first), width);
                for (var k = 0; k < i; k++)
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(h.AsSpan((int)((long)(at + k) * n + first), width),
                        -h[(long)(at + k) * n + at + i], row, row);
                System.Numerics.Tensors.TensorPrimitives.Divide(row, h[(long)(at + i) * n + at + i], row);
            }
        });
    }

    private static void InvertDiagonal(float[] u, float[] w, int n, int at, int size)
    {
        for (var j = 0; j < size; j++)
            for (var i = j; i < size; i++)
            {
                double sum = i == j ? 1 : 0;
                for (var k = j; k < i; k++) sum -= (double)u[(long)(at + k) * n + at + i] * w[(long)(at + k) * n + at + j];
                w[(long)(at + i) * n + at + j] = (float)(sum / u[(long)(at + i) * n + at + i]);
            }
    }
}
