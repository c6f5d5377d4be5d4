namespace EdgeAgent.Hosting.Configuration;

/// <summary>The configuration cannot be used. Every problem names its key, the values allowed and the value found.</summary>
internal sealed class SettingsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
