using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace EdgeAgent.Lab;

/// <summary>Sizes of a Llama-architecture decoder. Head size is <c>Hidden / Heads</c>; the head is tied to the embedding.</summary>
internal sealed record StudentShape(int Vocabulary, int Hidden, int Layers, int Heads, int KvHeads, int FeedForward, int Context)
{
    public const double RmsEpsilon = 1e-5;
    public const double RopeTheta = 10000;

    public static StudentShape Of(ShapeSizes sizes, int vocabulary, int context) =>
        new(vocabulary, sizes.Hidden, sizes.Layers, sizes.Heads, sizes.KvHeads, sizes.FeedForward, context);
}

/// <summary>RMSNorm (Zhang and Sennrich 2019) over the last dimension.</summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public RmsNorm(int size) : base(nameof(RmsNorm))
    {
        weight = new Parameter(ones(size));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => x * rsqrt(x.pow(2).mean([-1], true) + StudentShape.RmsEpsilon) * weight;
}

/// <summary>
/// One decoder block: grouped-query attention with rotary positions, then a SwiGLU feed-forward; both pre-normed and residual.
/// </summary>
internal sealed class Block : nn.Module<Tensor, Attending, Tensor>
{
    private readonly StudentShape _shape;
    private readonly Linear q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj;
    private readonly RmsNorm input_layernorm, post_attention_layernorm;

    public Block(StudentShape shape) : base(nameof(Block))
    {
        _shape = shape;
        var head = shape.Hidden / shape.Heads;
        q_proj = nn.Linear(shape.Hidden, shape.Hidden, false);
        k_proj = nn.Linear(shape.Hidden, shape.KvHeads * head, false);
        v_proj = nn.Linear(shape.Hidden, shape.KvHeads * head, false);
        o_proj = nn.Linear(shape.Hidden, shape.Hidden, false);
        gate_proj = nn.Linear(shape.Hidden, shape.FeedForward, false);
        up_proj = nn.Linear(shape.Hidden, shape.FeedForward, false);
        down_proj = nn.Linear(shape.FeedForward, shape.Hidden, false);
        input_layernorm = new RmsNorm(shape.Hidden);
        post_attention_layernorm = new RmsNorm(shape.Hidden);
        RegisterComponents();
        foreach (var linear in new[] { q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj })
            nn.init.normal_(linear.weight!, 0, 0.7 / Math.Sqrt(linear.weight!.shape[1]));
    }

    /// <param name="x">[batch, time, hidden]</param>
    public override Tensor forward(Tensor x, Attending at)
    {
        long batch = x.shape[0], time = x.shape[1];
        int heads = _shape.Heads, kv = _shape.KvHeads, head = _shape.Hidden / heads;
        var h = input_layernorm.forward(x);
        var q = Rotate(q_proj.forward(h).view(batch, time, heads, head).transpose(1, 2), at);
        var k = Rotate(k_proj.forward(h).view(batch, time, kv, head).transpose(1, 2), at);
        var v = v_proj.forward(h).view(batch, time, kv, head).transpose(1, 2);
        if (at.Cache is { } cache) (k, v) = cache.Append(k, v);
        (k, v) = (k.repeat_interleave(heads / kv, 1), v.repeat_interleave(heads / kv, 1));
        var attended = at.Mask is { } mask ? F.scaled_dot_product_attention(q, k, v, mask)
            : F.scaled_dot_product_attention(q, k, v, is_casual: true);
        x = x + o_proj.forward(attended.transpose(1, 2).reshape(batch, time, _shape.Hidden));
        h = post_attention_layernorm.forward(x);
        return x + down_proj.forward(F.silu(gate_proj.forward(h)) * up_proj.forward(h));
    }

    private static Tensor Rotate(Tensor x, Attending at)
    {
        var half = (int)(x.shape[3] / 2);
        Tensor a = x[.., .., .., ..half], b = x[.., .., .., half..];
        return cat([a * at.Cos - b * at.Sin, b * at.Cos + a * at.Sin], -1);
    }
}

/// <summary>What the attention of one pass looks at.</summary>
/// <param name="Cos">Of the positions: [time, headSize/2], or [batch, 1, 1, headSize/2].</param>
/// <param name="Mask">0 for keys that are seen and minus infinity for others, [batch, 1, 1, keys]; null: causal.</param>
/// <param name="Cache">Keys and values of the layer before this pass, to which it appends; null in training.</param>
internal sealed record Attending(Tensor Cos, Tensor Sin, Tensor? Mask, KeyValues? Cache);

/// <summary>Keys and values of one layer while answers are written: [batch, kvHeads, time, headSize]. The owner disposes it.</summary>
internal sealed class KeyValues : IDisposable
{
    private Tensor? _keys, _values;

    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        var (k, v) = _keys is null ? (keys.clone(), values.clone()) : (cat([_keys, keys], 2), cat([_values!, values], 2));
        Dispose();
        (_keys, _values) = (k.DetachFromDisposeScope(), v.DetachFromDisposeScope());
        return (k, v);
    }

    public void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
    }
}

/// <summary>
/// The whole decoder. Module names are the Hugging Face Llama names, so the state dictionary is a checkpoint as it stands.
/// </summary>
internal sealed class StudentNet : nn.Module<Tensor, Tensor>
{
    private readonly Embedding embed_tokens;
    private readonly ModuleList<Block> layers;
    private readonly RmsNorm norm;
    private readonly Tensor _cos, _sin; // [context, headSize/2]

    public StudentNet(StudentShape shape, Device device) : base(nameof(StudentNet))
    {
        (Shape, Device) = (shape, device);
        var head = shape.Hidden / shape.Heads;
        var inverse = pow((float)StudentShape.RopeTheta, -arange(0, head, 2, dtype: ScalarType.Float32) / head);
        var angles = outer(arange(shape.Context, dtype: ScalarType.Float32), inverse);
        (_cos, _sin) = (angles.cos().to(device), angles.sin().to(device));
        embed_tokens = nn.Embedding(shape.Vocabulary, shape.Hidden);
        nn.init.normal_(embed_tokens.weight!, 0, 0.02);
        layers = new ModuleList<Block>();
        for (var i = 0; i < shape.Layers; i++) layers.Add(new Block(shape));
        norm = new RmsNorm(shape.Hidden);
        RegisterComponents();
        this.to(device);
    }

    public StudentShape Shape { get; }
    public Device Device { get; }
    public double Millions => parameters().Sum(p => p.numel()) / 1e6;

    /// <summary>[batch, time] ids to [batch, time, vocabulary] logits.</summary>
    public override Tensor forward(Tensor ids)
    {
        var time = (int)ids.shape[1];
        return Logits(Hidden(ids, _cos[..time], _sin[..time], null, null));
    }

    /// <summary>A pass that appends to the cache of each layer.</summary>
    /// <param name="ids">[batch, time]</param>
    /// <param name="positions">Of the ids, [batch, 1], where time is 1; null for a prompt from position 0.</param>
    /// <returns>[batch, time, hidden], normed.</returns>
    public Tensor Continue(Tensor ids, Tensor? positions, Tensor? mask, IReadOnlyList<KeyValues> caches)
    {
        var time = (int)ids.shape[1];
        if (positions is null) return Hidden(ids, _cos[..time], _sin[..time], mask, caches);
        var batch = ids.shape[0];
        var (cos, sin) = (_cos.index_select(0, positions.view(-1)), _sin.index_select(0, positions.view(-1)));
        return Hidden(ids, cos.view(batch, 1, 1, -1), sin.view(batch, 1, 1, -1), mask, caches);
    }

    /// <summary>Normed hidden states to logits over the vocabulary.</summary>
    public Tensor Logits(Tensor hidden) => matmul(hidden, embed_tokens.weight!.t());

    private Tensor Hidden(Tensor ids, Tensor cos, Tensor sin, Tensor? mask, IReadOnlyList<KeyValues>? caches)
    {
        var x = embed_tokens.forward(ids);
        for (var i = 0; i < layers.Count; i++) x = layers[i].forward(x, new Attending(cos, sin, mask, caches?[i]));
        return norm.forward(x);
    }

    /// <summary>The checkpoint name of a parameter: layer parts get their Hugging Face prefixes.</summary>
    public static string CheckpointName(string parameter)
    {
        var name = parameter.Replace(".q_proj", ".self_attn.q_proj", StringComparison.Ordinal)
            .Replace(".k_proj", ".self_attn.k_proj", StringComparison.Ordinal)
            .Replace(".v_proj", ".self_attn.v_proj", StringComparison.Ordinal)
                .Replace(".o_proj", ".self_attn.o_proj", StringComparison.Ordinal)
            .Replace(".gate_proj", ".mlp.gate_proj", StringComparison.Ordinal).Replace(".up_proj", ".mlp.up_proj", StringComparison.Ordinal)
            .Replace(".down_proj", ".mlp.down_proj", StringComparison.Ordinal);
        return "model." + name;
    }
}
