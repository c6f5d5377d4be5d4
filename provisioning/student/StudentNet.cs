using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace EdgeAgent.Lab;

/// <summary>Sizes of a Llama-architecture decoder. Head size is <c>Hidden / Heads</c>; the head is tied to the embedding.</summary>
internal sealed record StudentShape(int Vocabulary, int Hidden, int Layers, int Heads, int KvHeads, int FeedForward, int Context)
{
    public const double RmsEpsilon = 1e-5;
    public const double RopeTheta = 10000;

    public static StudentShape Default(int vocabulary) => new(vocabulary, 192, 6, 6, 2, 512, 256);
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
internal sealed class Block : nn.Module<Tensor, Tensor>
{
    private readonly StudentShape _shape;
    private readonly Tensor _cos, _sin; // [context, headSize/2]
    private readonly Linear q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj;
    private readonly RmsNorm input_layernorm, post_attention_layernorm;

    public Block(StudentShape shape, Tensor cos, Tensor sin) : base(nameof(Block))
    {
        (_shape, _cos, _sin) = (shape, cos, sin);
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
    public override Tensor forward(Tensor x)
    {
        long batch = x.shape[0], time = x.shape[1];
        int heads = _shape.Heads, kv = _shape.KvHeads, head = _shape.Hidden / heads;
        var h = input_layernorm.forward(x);
        var q = Rotate(q_proj.forward(h).view(batch, time, heads, head).transpose(1, 2));
        var k = Rotate(k_proj.forward(h).view(batch, time, kv, head).transpose(1, 2)).repeat_interleave(heads / kv, 1);
        var v = v_proj.forward(h).view(batch, time, kv, head).transpose(1, 2).repeat_interleave(heads / kv, 1);
        var attended = F.scaled_dot_product_attention(q, k, v, is_casual: true).transpose(1, 2).reshape(batch, time, _shape.Hidden);
        x = x + o_proj.forward(attended);
        h = post_attention_layernorm.forward(x);
        return x + down_proj.forward(F.silu(gate_proj.forward(h)) * up_proj.forward(h));
    }

    private Tensor Rotate(Tensor x)
    {
        var time = (int)x.shape[2];
        var half = x.shape[3] / 2;
        Tensor c = _cos[..time], s = _sin[..time], a = x[.., .., .., ..(int)half], b = x[.., .., .., (int)half..];
        return cat([a * c - b * s, b * c + a * s], -1);
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

    public StudentNet(StudentShape shape) : base(nameof(StudentNet))
    {
        var head = shape.Hidden / shape.Heads;
        var inverse = pow((float)StudentShape.RopeTheta, -arange(0, head, 2, dtype: ScalarType.Float32) / head);
        var angles = outer(arange(shape.Context, dtype: ScalarType.Float32), inverse);
        Tensor cos = angles.cos(), sin = angles.sin();
        embed_tokens = nn.Embedding(shape.Vocabulary, shape.Hidden);
        nn.init.normal_(embed_tokens.weight!, 0, 0.02);
        layers = new ModuleList<Block>();
        for (var i = 0; i < shape.Layers; i++) layers.Add(new Block(shape, cos, sin));
        norm = new RmsNorm(shape.Hidden);
        RegisterComponents();
    }

    /// <summary>[batch, time] ids to [batch, time, vocabulary] logits.</summary>
    public override Tensor forward(Tensor ids)
    {
        var x = embed_tokens.forward(ids);
        foreach (var layer in layers) x = layer.forward(x);
        return matmul(norm.forward(x), embed_tokens.weight!.t());
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
