using EdgeAgent.Bundles.Signing;
using EdgeAgent.Platform;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Updates.Steps;

/// <summary>Maps an exception of a step to what becomes of the update. Pure.</summary>
internal static class StepFailure
{
    /// <summary>Reason of an exception that ends the update as failed; null for others.</summary>
    /// <param name="attempts">Attempts in a row that have failed, this one among them.</param>
    public static string? EndReason(Exception exception, UpdateStep step, int attempts) => exception switch
    {
        SourceException source => attempts >= source.MaxAttempts ? source.Reason : null,
        VerificationException => step == UpdateStep.Verify ? UpdateReasons.DigestMismatch : UpdateReasons.SigInvalid,
        ModelFileException => UpdateReasons.Incompatible,
        _ => null,
    };

    /// <summary>Whether the step may succeed later.</summary>
    public static bool IsTransient(Exception exception) =>
        exception is IOException or HttpRequestException or TimeoutException or UnauthorizedAccessException;
}
