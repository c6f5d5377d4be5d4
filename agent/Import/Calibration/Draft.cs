using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// A checkpoint as a bundle in 8 bits, in a temporary directory: the student while it writes its own calibration text. What it writes
/// hardly differs from full precision; in float32 a student would need four times the disk and the memory. Owns the directory.
/// </summary>
internal sealed class Draft : IDisposable
{
    private readonly string _directory;

    /// <param name="beside">A directory with room for the weights, one byte each.</param>
    public Draft(ICheckpoint checkpoint, string beside, TimeProvider clock)
    {
        _directory = Path.Combine(beside, "draft");
        Directory.CreateDirectory(_directory);
        BundleWriter.Write(checkpoint, _directory, new EightBitQuantizer(), new ImportOptions { Clock = clock }, null);
        Bundle = Bundle.Open(_directory);
    }

    public Bundle Bundle { get; }

    /// <summary>A decoder for rows of <paramref name="context"/> tokens. The caller disposes it before the draft.</summary>
    public OnnxDecoder Decoder(int rows, int context) =>
        new(Bundle, new DecoderOptions { Rows = rows, Context = context, Chunk = 1 });

    public void Dispose()
    {
        Bundle.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
