using EdgeAgent.Bundles.Signing;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting;

/// <summary>
/// With <c>Bundles:RequireSignature</c>: a student is loaded only where a trusted key signed its bundle and no byte of it has changed. The
/// keys are read anew every time, so that a mended device needs no restart.
/// </summary>
internal sealed class SignedStart(AgentSettings settings, TimeProvider clock)
{
    private readonly KeyRing _keys = new(settings.Updates.Keys, settings.KeyStatementsPath, clock);

    /// <exception cref="StudentRefusedException">Names the file, what is wrong with it, and what to do.</exception>
    public void Admit(string directory)
    {
        try
        {
            Verify(directory);
        }
        catch (Exception e) when (e is VerificationException || DiskErrors.Include(e))
        {
            throw new StudentRefusedException($"Bundles:RequireSignature forbids the student in '{directory}': {e.Message}. " +
                (IsBundled(directory) ? "Install the package again" : Remedy), e);
        }
    }

    /// <returns>The key that signed it.</returns>
    /// <exception cref="VerificationException">No trusted key signed it, or a file is not as it was signed.</exception>
    public string Verify(string directory)
    {
        List<string> trusted = [.. _keys.TrustedForLoading(out var problems)];
        // nobody has the private half of this key any more: it stands for the package's own student alone
        if (IsBundled(directory) && File.Exists(AgentSettings.BundledKey))
            trusted.Add(TextFile.ReadAllText(AgentSettings.BundledKey));
        try
        {
            return BundleSignature.Verify(directory, trusted);
        }
        catch (VerificationException e) when (problems.Count > 0 && !IsBundled(directory))
        {
            throw new VerificationException(e.Expected, $"{e.Found} (keys: {string.Join("; ", problems)})");
        }
    }

    private string Remedy => "Sign it ('edge-agent model sign key'), or put its signer's public key into " +
        $"'{settings.Updates.Keys}' (Updates:Keys); the device tries again by itself";

    private static bool IsBundled(string directory) =>
        Path.GetFullPath(directory).TrimEnd('/') == Path.GetFullPath(AgentSettings.BundledDirectory).TrimEnd('/');
}
