using EdgeAgent.Inference.Foreign;
using EdgeAgent.Models;

namespace EdgeAgent.Inference;

/// <summary>A directory's decoder and what is known of it: a bundle, or somebody else's ONNX decoder. Owns both.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly Bundle? _bundle;

    private LoadedModel(string directory, StudentManifest manifest, IDecoder decoder, Bundle? bundle) => (Directory, Manifest, Decoder, _bundle) = (directory, manifest, decoder, bundle);

    public string Directory { get; }
    public StudentManifest Manifest { get; }
    public IDecoder Decoder { get; }

    /// <summary>Whether it is no bundle of ours: one row, nothing promised about its files.</summary>
    public bool IsForeign => _bundle is null;

    /// <exception cref="ModelFileException">The directory holds neither, or one that cannot be used.</exception>
    public static LoadedModel Open(string directory, DecoderOptions options)
    {
        if (!File.Exists(Path.Combine(directory, StudentManifest.FileName)) && ForeignModel.Recognizes(directory))
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

    public void Dispose()
    {
        Decoder.Dispose();
        _bundle?.Dispose();
    }
}
