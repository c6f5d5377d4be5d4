using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Foreign;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference.Decoders;

/// <summary>A model directory before a decoder is chosen for it: a bundle, or a foreign ONNX decoder. Owns the bundle.</summary>
internal sealed class OpenModel : IDisposable
{
    private OpenModel(Bundle bundle) => (Bundle, Directory, Manifest) = (bundle, bundle.Directory, bundle.Manifest);

    private OpenModel(ForeignModel foreign) => (Foreign, Directory, Manifest) = (foreign, foreign.Directory, foreign.Manifest());

    public string Directory { get; }
    public StudentManifest Manifest { get; }

    /// <summary>Null when the model is foreign.</summary>
    public Bundle? Bundle { get; }

    /// <summary>Null when the model is a bundle.</summary>
    public ForeignModel? Foreign { get; }

    /// <exception cref="ModelFileException">The directory holds neither a bundle nor a foreign decoder, or one that is damaged.</exception>
    public static OpenModel Open(string directory) =>
        IsForeign(directory) ? new OpenModel(ForeignModel.Load(directory)) : new OpenModel(Bundle.Open(directory));

    /// <summary>Whether a directory holds a foreign decoder. A manifest beside one makes the directory a bundle.</summary>
    public static bool IsForeign(string directory) =>
        !File.Exists(Path.Combine(directory, StudentManifest.FileName)) && ForeignModel.Recognizes(directory);

    public void Dispose() => Bundle?.Dispose();
}
