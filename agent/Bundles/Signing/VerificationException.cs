namespace EdgeAgent.Bundles.Signing;

/// <summary>A signature, or a file it covers, is not valid. Says what was expected and what was found.</summary>
internal sealed class VerificationException(string expected, string found) : Exception($"expected {expected}; found {found}")
{
    public string Expected { get; } = expected;
    public string Found { get; } = found;
}
