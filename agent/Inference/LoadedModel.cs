using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference;

/// <summary>A directory's decoder and what is known of it: a bundle, or somebody else's ONNX decoder. Owns both.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly Bundle? _bundle;

    private LoadedModel(string directory, StudentManifest manifest, IDecoder decoder, Bundle? bundle) =>
        (Directory, Manifest, Decoder, _bundle) = (directory, manifest, decoder, bundle);

    public string Directory { get; }
    public StudentManifest Manifest { get; }
    public IDecoder Decoder { get; }

    /// <summary>Whether it is no bundle of ours: one row, nothing promised about its files.</summary>
    public bool IsForeign => _bundle is null;

    /// <exception cref="ModelFileException">The directory holds neither, or one that cannot be used.</exception>
    public static LoadedModel Open(string directory, DecoderOptions options)
    {
        if (IsForeignDirectory(directory))
        {
            var model = ForeignModel.Load(directory);
            return new LoadedModel(model.Directory, model.Manifest(), new ForeignDecoder(model, options), null);
        }
        var bundle = Bundle.Open(directory);
        try
        {
            return new LoadedModel(bundle.Directory, bundle.Manifest, new OnnxDecoder(bundle, options), bundle);
        }
        catch
        {
            bundle.Dispose();
            throw;
        }
    }

    public static bool IsForeignDirectory(string directory) =>
        !File.Exists(Path.Combine(directory, StudentManifest.FileName)) && ForeignModel.Recognizes(directory);

    /// <summary>What a foreign decoder says of itself, and its graph's inputs and outputs.</summary>
    public static JsonObject Describe(string directory)
    {
        var model = ForeignModel.Load(directory);
        using var decoder = new ForeignDecoder(model, new DecoderOptions());
        return new JsonObject
        {
            ["name"] = model.Manifest().Name,
            ["type"] = model.Type,
            ["graph"] = model.GraphFile,
            ["vocabulary"] = model.Vocabulary,
            ["context"] = model.Context,
            ["eos_ids"] = new JsonArray([.. model.EosIds.Select(id => (JsonNode)id)]),
            ["inputs"] = new JsonArray([.. decoder.Inputs.Select(n => (JsonNode)n)]),
            ["outputs"] = new JsonArray([.. decoder.Outputs.Select(n => (JsonNode)n)]),
        };
    }

    public void Dispose()
    {
        Decoder.Dispose();
        _bundle?.Dispose();
    }
}
