using EdgeAgent.Import.Gguf;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>GGUF, the format of llama.cpp: one file with metadata, tokenizer and tensors.</summary>
internal sealed class GgufFormat : ICheckpointFormat
{
    public string Description => "a GGUF file";

    public bool Recognizes(string path) => GgufFile.Recognizes(path);

    public ICheckpoint Open(string path) => GgufCheckpoint.Open(path);
}
