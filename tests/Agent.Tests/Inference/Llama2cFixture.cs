using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Tests.Import.Checkpoints;

namespace EdgeAgent.Tests.Inference;

/// <summary>A llama2.c checkpoint: imported as a bundle in full precision, and read raw for the reference pass.</summary>
public abstract class Llama2cFixture : IDisposable
{
    public const int Bos = TinyLlama2c.Bos;

    private readonly TemporaryDirectory _directory = new();
    private Bundle? _bundle;
    private string? _checkpoint;

    /// <summary>The checkpoint file; a test that asks for an absent one is skipped.</summary>
    internal string Checkpoint => _checkpoint ??= Find(_directory.File("source"));

    internal Bundle Bundle => _bundle ??= Import();

    protected abstract string Find(string directory);

    internal ReferenceDecoder Reference()
    {
        var floats = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Checkpoint).AsSpan(28)).ToArray();
        var a = Bundle.Manifest.Architecture;
        int kv = a.KvHeads * a.HeadSize, at = 0;
        var place = new Dictionary<string, (int Offset, int Count)>();
        void Add(string name, int count)
        {
            place[name] = (at, count);
            at += count;
        }
        void PerLayer(string name, int count)
        {
            for (var i = 0; i < a.Layers; i++) Add($"model.layers.{i}.{name}.weight", count);
        }
        Add("model.embed_tokens.weight", a.Vocabulary * a.Hidden);
        PerLayer("input_layernorm", a.Hidden);
        PerLayer("self_attn.q_proj", a.Hidden * a.Hidden);
        PerLayer("self_attn.k_proj", a.Hidden * kv);
        PerLayer("self_attn.v_proj", a.Hidden * kv);
        PerLayer("self_attn.o_proj", a.Hidden * a.Hidden);
        PerLayer("post_attention_layernorm", a.Hidden);
        PerLayer("mlp.gate_proj", a.Hidden * a.FeedForward);
        PerLayer("mlp.down_proj", a.Hidden * a.FeedForward);
        PerLayer("mlp.up_proj", a.Hidden * a.FeedForward);
        Add("model.norm.weight", a.Hidden);
        return new ReferenceDecoder(a, name => floats.AsSpan(place[name].Offset, place[name].Count).ToArray(), tiedHead: true,
            neighbourRotary: true);
    }

    internal static OnnxDecoder Decoder(Bundle bundle, int rows = 4, int chunk = 32) =>
        new(bundle, new DecoderOptions { Rows = rows, Chunk = chunk, Threads = 1, Spinning = false });

    public void Dispose()
    {
        _bundle?.Dispose();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    private Bundle Import()
    {
        using (var checkpoint = ModelImporter.Open(Checkpoint))
            ModelImporter.Import(checkpoint, _directory.File("bundle"), new ImportOptions { Quantization = Quantization.None });
        return Bundle.Open(_directory.File("bundle"));
    }
}

/// <summary>A checkpoint with random weights, which every clone can make.</summary>
public sealed class GeneratedLlama2c : Llama2cFixture
{
    protected override string Find(string directory) => TinyLlama2c.Write(directory);
}

/// <summary>The trained checkpoint stories260K (third-party).</summary>
public sealed class Stories260K : Llama2cFixture
{
    protected override string Find(string directory) => SharedData.Path("models", "stories260K", "stories260K.bin");
}
