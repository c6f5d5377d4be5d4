namespace EdgeAgent.Platform.Configuration;

/// <summary>The path of a file that exists when the agent starts; an empty text means none.</summary>
internal sealed class ExistingFileAttribute : OptionRuleAttribute
{
    /// <summary>Size of the file, bytes.</summary>
    public long MinBytes { get; init; }

    public long MaxBytes { get; init; } = long.MaxValue;

    public override string Allowed => MaxBytes == long.MaxValue ? "an existing file" : $"an existing file of {MinBytes}..{MaxBytes} bytes";

    public override bool IsAllowed(object value) =>
        value is "" || value is string path && new FileInfo(path) is { Exists: true } file
        && (MaxBytes == long.MaxValue || file.Length >= MinBytes && file.Length <= MaxBytes);
}
