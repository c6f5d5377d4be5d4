using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;

namespace EdgeAgent.Import.Quantizers;

/// <summary>No quantization: every tensor stays in float32.</summary>
internal sealed class Float32Quantizer : IQuantizer
{
    public string Name => Quantization.None;
    public string Description => "float32";
    public bool RoundsAgain => false;
    public bool KeepsFloat32 => true;

    public int Bits => 32;

    public QuantizedForm? Form(LinearSource source, int maxBlock, int headBits) => null;

    public TableForm? Table(ICheckpoint checkpoint, int maxBlock, int headBits) => null;
}
