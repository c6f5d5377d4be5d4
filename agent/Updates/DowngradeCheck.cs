using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates;

/// <summary>Refuses a release below the one that serves, unless the command carries a signed permission for it.</summary>
internal static class DowngradeCheck
{
    /// <summary>Why the bundle must not be installed; null if it may, or while its student.json is not complete.</summary>
    /// <param name="servingRelease">Release of the student that serves.</param>
    /// <exception cref="Bundles.Signing.VerificationException">The permission is not signed by a trusted key.</exception>
    public static (string Reason, string Detail)? Refuse(UpdateCommand command, IncomingBundle incoming, long servingRelease, KeyRing keys)
    {
        if (!incoming.HasStudentManifest) return null;
        var student = StudentManifest.Load(incoming.FilesPath);
        return student.Release >= servingRelease || IsPermitted(command, student, keys)
            ? null : (UpdateReasons.Downgrade, $"release {student.Release}, {servingRelease} serves");
    }

    private static bool IsPermitted(UpdateCommand command, StudentManifest student, KeyRing keys)
    {
        if (command.Permission is not { } envelope) return false;
        var permission = SignedStatement.Open(envelope, SignedStatement.PermissionType, keys.Trusted());
        return permission.TryGetProperty("bundle", out var bundle) && bundle.GetString() == command.Bundle
            && permission.TryGetProperty("release", out var release) && release.TryGetInt64(out var number) && number == student.Release;
    }
}
