using EdgeAgent.Bundles;

namespace EdgeAgent.Tests.Inference;

/// <summary>
/// An independent forward pass in plain C#, float64 sums, written from the papers and not from the graph: every graph is
/// checked against it. Weights come through a delegate under Hugging Face names, linears as [out, in].
/// </summary>
internal sealed class ReferenceDecoder(Architecture a, Func<string, float[]> weight, bool tiedHead, bool neighbourRotary)
{
    private readonly Dictionary<string, float[]> _weights = [];
    private readonly List<float[]>[] _keys = [.. Enumerable.Range(0, a.Layers).Select(_ => new List<float[]>())];
    private readonly List<float[]>[] _values = [.. Enumerable.Range(0, a.Layers).Select(_ => new List<float[]>())];

    public int Position => _keys[0].Count;

    /// <summary>Feeds one token and returns its logits.</summary>
    public float[] Step(int token)
    {
        var x = W("model.embed_tokens.weight").AsSpan(token * a.Hidden, a.Hidden).ToArray();
        for (var layer = 0; layer < a.Layers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            var h = Norm(x, W(prefix + "input_layernorm.weight"));
            var q = Multiply(W(prefix + "self_attn.q_proj.weight"), h);
            var k = Multiply(W(prefix + "self_attn.k_proj.weight"), h);
            Rotate(q, Position - (layer > 0 ? 1 : 0));
            Rotate(k, Position - (layer > 0 ? 1 : 0));
            _keys[layer].Add(k);
            _values[layer].Add(Multiply(W(prefix + "self_attn.v_proj.weight"), h));
            Add(x, Multiply(W(prefix + "self_attn.o_proj.weight"), Attend(layer, q)));
            h = Norm(x, W(prefix + "post_attention_layernorm.weight"));
            var gate = Multiply(W(prefix + "mlp.gate_proj.weight"), h);
            var up = Multiply(W(prefix + "mlp.up_proj.weight"), h);
            for (var i = 0; i < gate.Length; i++) gate[i] = (float)(gate[i] / (1 + Math.Exp(-gate[i])) * up[i]);
            Add(x, Multiply(W(prefix + "mlp.down_proj.weight"), gate));
        }
        return Multiply(W(tiedHead ? "model.embed_tokens.weight" : "lm_head.weight"), Norm(x, W("model.norm.weight")));
    }

    private float[] W(string name) => _weights.TryGetValue(name, out var w) ? w : _weights[name] = weight(name);

    private float[] Norm(float[] x, float[] g)
    {
        var scale = 1 / Math.Sqrt(x.Sum(v => (double)v * v) / x.Length + a.RmsEpsilon);
        return [.. x.Select((v, i) => (float)(v * scale * g[i]))];
    }

    private static float[] Multiply(float[] w, float[] x)
    {
        var result = new float[w.Length / x.Length];
        for (var row = 0; row < result.Length; row++)
        {
            double sum = 0;
            for (var i = 0; i < x.Length; i++) sum += (double)w[row * x.Length + i] * x[i];
            result[row] = (float)sum;
        }
        return result;
    }

    private void Rotate(float[] v, int position)
    {
        int size = a.HeadSize, half = size / 2;
        for (var head = 0; head < v.Length / size; head++)
            for (var i = 0; i < half; i++)
            {
                var angle = position * Math.Pow(a.RopeTheta, -2.0 * i / size);
                var (first, second) = neighbourRotary
                    ? (head * size + 2 * i, head * size + 2 * i + 1) : (head * size + i, head * size + half + i);
                (v[first], v[second]) = ((float)(v[first] * Math.Cos(angle) - v[second] * Math.Sin(angle)),
                    (float)(v[first] * Math.Sin(angle) + v[second] * Math.Cos(angle)));
            }
    }

    private float[] Attend(int layer, float[] q)
    {
        var result = new float[q.Length];
        var group = a.Heads / a.KvHeads;
        for (var head = 0; head < a.Heads; head++)
        {
            var kv = head / group * a.HeadSize;
            var scores =
                _keys[layer].Select(k =>
                    Enumerable.Range(0, a.HeadSize).Sum(i => (double)q[head * a.HeadSize + i] * k[kv + i]) / Math.Sqrt(a.HeadSize))
                .ToArray();
            var max = scores.Max();
            var weights = scores.Select(s => Math.Exp(s - max)).ToArray();
            var total = weights.Sum();
            for (var i = 0; i < a.HeadSize; i++)
            {
                double sum = 0;
                for (var t = 0; t < weights.Length; t++) sum += weights[t] / total * _values[layer][t][kv + i];
                result[head * a.HeadSize + i] = (float)sum;
            }
        }
        return result;
    }

    private static void Add(float[] x, float[] y)
    {
        for (var i = 0; i < x.Length; i++) x[i] += y[i];
    }
}
