namespace EdgeAgent.Import.Checkpoints;

/// <summary>llama2.c: a .bin file of float32 weights, with its tokenizer beside it.</summary>
internal sealed class Llama2cFormat : ICheckpointFormat
{
    public string Description => "a llama2.c checkpoint (.bin)";

    public bool Recognizes(string path) => File.Exists(path) && path.EndsWith(".bin", StringComparison.OrdinalIgnoreCase);

    public ICheckpoint Open(string path) => Llama2cCheckpoint.Open(path);
}
