using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Engine;

namespace EdgeAgent.Serving;

/// <summary>Why a student gave no answer.</summary>
internal enum ServingFailureKind
{
    /// <summary>The queue is full, or the deadline cannot be met: ask again later.</summary>
    Busy,

    /// <summary>The prompt leaves no room for an answer.</summary>
    TooLong,

    /// <summary>The request cannot be served as it is: a sampling value, or a conversation the chat template refuses.</summary>
    Refused,

    /// <summary>No student is loaded at present.</summary>
    Away,

    /// <summary>The request was cancelled, by its caller or by its deadline.</summary>
    Cancelled,

    /// <summary>The student failed while it answered.</summary>
    Failed,
}

/// <summary>What an exception of the student's chat client means to its caller.</summary>
/// <param name="Message">For the asker; never holds text of the question.</param>
/// <param name="RetryAfter">When to ask again; null when asking again does not help.</param>
internal sealed record ServingFailure(ServingFailureKind Kind, string Message, TimeSpan? RetryAfter = null)
{
    /// <summary>Reloading the bundled student takes 0.2 to 3 s; five leave room for a slow disk.</summary>
    private static readonly TimeSpan ReloadTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>Maps every exception; an unknown one is <see cref="ServingFailureKind.Failed"/>.</summary>
    public static ServingFailure Of(Exception e) => e switch
    {
        EngineBusyException busy => new(ServingFailureKind.Busy, busy.Reason, busy.RetryAfter),
        PromptTooLongException => new(ServingFailureKind.TooLong, e.Message),
        TemplateException or ArgumentException => new(ServingFailureKind.Refused, e.Message),
        StudentAwayException => new(ServingFailureKind.Away, "no student is loaded at present", ReloadTime),
        OperationCanceledException => new(ServingFailureKind.Cancelled, "the query was cancelled"),
        _ => new(ServingFailureKind.Failed, "the student failed", AfterFailure),
    };
}

/// <summary>The decoder failed while an answer was being produced.</summary>
internal sealed class InferenceException(string message) : Exception(message);

/// <summary>A student may not be loaded; the message names the file and what to do.</summary>
internal sealed class StudentRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>No student is loaded at present.</summary>
internal sealed class StudentAwayException() : Exception("the student is not loaded at present");

/// <summary>A student on trial failed in the middle of an answer.</summary>
internal sealed class TrialFailedException(Exception inner) : Exception("the student on trial failed", inner);
