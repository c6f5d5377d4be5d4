using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>A format of trained models. <see cref="CheckpointFormats.All"/> lists the formats that can be imported.</summary>
internal interface ICheckpointFormat
{
    /// <summary>What a user points at, for help and errors: "a GGUF file".</summary>
    string Description { get; }

    /// <summary>Whether a file or directory has this format, by its name and first bytes.</summary>
    bool Recognizes(string path);

    /// <summary>Opens what <see cref="Recognizes"/> accepted. The caller disposes the checkpoint.</summary>
    /// <exception cref="ModelFileException">Truncated, inconsistent, or of an architecture without a graph.</exception>
    ICheckpoint Open(string path);
}
