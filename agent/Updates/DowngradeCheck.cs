using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates;

/// <summary>Refuses a release below the one that serves, unless the command carries a signed permission for it.</summary>
internal static class DowngradeCheck
{
    /// <summary>Why the bundle must not be installed; null if it may, or while the file that names its release is not complete.</summary>
    /// <param name="serving">Release of what serves, and what it is.</param>
    /// <exception cref="Bundles.Signing.VerificationException">The permission is not signed by a trusted key.</exception>
    public static (string Reason, string Detail)? Refuse(UpdateCommand command, IncomingBundle incoming,
        (long Release, ArtefactKind Kind) serving, KeyRing keys)
    {
        if (!incoming.HasKindManifest) return null;
        var facts = serving.Kind.Read(incoming.FilesPath);
        return facts.Release >= serving.Release || IsPermitted(command, facts.Release, keys)
            ? null : (UpdateReasons.Downgrade, $"release {facts.Release}, {serving.Release} serves");
    }

    private static bool IsPermitted(UpdateCommand command, long release, KeyRing keys)
    {
        if (command.Permission is not { } envelope) return false;
        var permission = SignedStatement.Open(envelope, SignedStatement.PermissionType, keys.Trusted());
        return permission.TryGetProperty("bundle", out var bundle) && bundle.GetString() == command.Bundle
            && permission.TryGetProperty("release", out var named) && named.TryGetInt64(out var number) && number == release;
    }
}
