using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Tests.Inference;

/// <summary>The real trained stories260K checkpoint: imported as a bundle, and read raw for the reference pass.</summary>
public sealed class Stories260K : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Lazy<Bundle> _bundle;

    internal Stories260K() => _bundle = new Lazy<Bundle>(() =>
    {
        using var checkpoint = ModelImporter.Open(SharedData.Path("models", "stories260K", "stories260K.bin"));
        ModelImporter.Import(checkpoint, _directory.Path, new ImportOptions { Quantization = Quantization.None });
        return Bundle.Open(_directory.Path);
    });

    public const int Bos = 1;

    internal Bundle Bundle
    {
        get
        {
            SharedData.Path("models", "stories260K", "stories260K.bin");
            return _bundle.Value;
        }
    }

    internal ReferenceDecoder Reference()
    {
        var bytes = File.ReadAllBytes(SharedData.Path("models", "stories260K", "stories260K.bin"));
        var floats = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(28)).ToArray();
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
        if (_bundle.IsValueCreated) _bundle.Value.Dispose();
        _directory.Dispose();
    }
}
