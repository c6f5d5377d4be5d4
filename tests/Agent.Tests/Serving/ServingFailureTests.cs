using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Serving;

namespace EdgeAgent.Tests.Serving;

/// <summary>Every exception of the student's client has one meaning.</summary>
public sealed class ServingFailureTests
{
    /// <summary>An exception, what it means, and after how many seconds to ask again; the kind by name, as it is internal.</summary>
    public static TheoryData<Exception, string, double?> Exceptions => new()
    {
        { new EngineBusyException(TimeSpan.FromSeconds(1.5)), "Busy", 1.5 },
        { new PromptTooLongException(9, 8), "TooLong", null },
        { new TemplateException(1, "roles must alternate"), "Refused", null },
        { new ArgumentException("temperature must be 0..2, found 7"), "Refused", null },
        { new StudentAwayException(), "Away", 5 },
        { new OperationCanceledException(), "Cancelled", null },
        { new TaskCanceledException(), "Cancelled", null },
        { new InferenceException("broken"), "Failed", 1 },
        { new TrialFailedException(new InferenceException("broken")), "Failed", 1 },
        { new ObjectDisposedException("engine"), "Failed", 1 },
        { new InvalidOperationException("unknown"), "Failed", 1 },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Failure_OfAnException_HasItsKindAndRetry(Exception e, string kind, double? retrySeconds)
    {
        var failure = ServingFailure.Of(e);
        Assert.Equal((kind, retrySeconds), (failure.Kind.ToString(), failure.RetryAfter?.TotalSeconds));
        // only messages about the request itself reach the asker
        Assert.Equal(kind is "TooLong" or "Refused", failure.Message == e.Message);
    }
}
