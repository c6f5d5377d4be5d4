namespace EdgeAgent.Import.Checkpoints;

/// <summary>A Hugging Face directory: config.json, safetensors files and tokenizer files.</summary>
internal sealed class HuggingFaceFormat : ICheckpointFormat
{
    public string Description => "a Hugging Face directory with config.json";

    public bool Recognizes(string path) => Directory.Exists(path) && File.Exists(Path.Combine(path, "config.json"));

    public ICheckpoint Open(string path) => HuggingFaceCheckpoint.Open(path);
}
