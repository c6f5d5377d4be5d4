namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// The parts of a decoder of fixed sizes that TensorRT's versions take as different operators. Symbols: R rows, S tokens of each
/// row, L positions of the cache, n heads, h elements of a head.
/// </summary>
internal interface IStaticOperators
{
    /// <summary>Root-mean-square norm over the last axis, computed in float32; the result has the graph's type.</summary>
    /// <param name="weight">Float32, as long as the last axis.</param>
    string Norm(string x, string weight);

    /// <summary>x [R, n, S, h] rotated by the positions of its tokens.</summary>
    string Rotate(string x);

    /// <summary>
    /// The cache [R, KV, L, h] with the new keys or values [R, KV, S, h] in their places, as graph output <paramref name="present"/>.
    /// </summary>
    string Write(string past, string update, string present);

    /// <summary>Scaled queries [R, H, S, h] over keys and values [R, KV, L, h], where the mask allows: [R, H, S, h].</summary>
    string Attend(string query, string key, string value);
}
