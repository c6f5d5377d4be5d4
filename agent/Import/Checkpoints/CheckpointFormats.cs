namespace EdgeAgent.Import.Checkpoints;

/// <summary>The formats that can be imported, in the order they are tried.</summary>
internal static class CheckpointFormats
{
    public static IReadOnlyList<ICheckpointFormat> All { get; } = [new HuggingFaceFormat(), new GgufFormat(), new Llama2cFormat()];

    /// <summary>All descriptions as a list in words.</summary>
    public static string Description => $"{string.Join(", ", All.SkipLast(1).Select(f => f.Description))} or {All[^1].Description}";
}
