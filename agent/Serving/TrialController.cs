using EdgeAgent.Platform;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Serving;

/// <summary>Runs a new student beside the one that serves, judges it by its answers, and promotes it.</summary>
internal sealed class TrialController(StudentRouter router, StudentOptions students, TrialLimits limits, TimeProvider clock,
    ILogger logger) : ITrialController
{
    private static readonly string[] Questions = ["?", "怎么处理报警?", "What does the alarm mean?"];
    private long _began;

    public string ServingDirectory => router.Current?.Directory ?? "";

    public long ServingRelease => router.Current?.Manifest.Release ?? 0;

    public async Task StartTrialAsync(string directory, double share, CancellationToken cancellationToken)
    {
        if (router.OnTrial is not null) return;
        var student = await Task.Run(() => Student.Load(directory, students, clock, logger), cancellationToken).ConfigureAwait(false);
        try
        {
            // the student must answer these before it gets its first live query
            foreach (var question in Questions) await AskAsync(student, question, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            student.Dispose();
            throw;
        }
        _began = clock.GetTimestamp();
        router.BeginTrial(student, share, limits.AnswerTimeout);
    }

    public TrialVerdict Verdict
    {
        get
        {
            if (router.OnTrial is null) return TrialVerdict.NotRunning;
            var counts = router.Counts;
            if (counts.Late > 0) return TrialVerdict.Hanging;
            if (counts.Failed > 0) return TrialVerdict.Failing;
            return counts.Answered >= limits.Queries || clock.GetElapsedTime(_began) >= limits.Duration
                ? TrialVerdict.Healthy : TrialVerdict.Running;
        }
    }

    public async Task PromoteAsync(string directory, CancellationToken cancellationToken)
    {
        if (router.OnTrial is { } student)
        {
            await AskAsync(student, Questions[0], cancellationToken).ConfigureAwait(false);
            router.Promote();
        }
        else if (router.Current is { } serving && Path.GetFullPath(serving.Directory) == Path.GetFullPath(directory))
            await AskAsync(serving, Questions[0], cancellationToken).ConfigureAwait(false);
        else throw new ModelFileException(directory, "the student that serves or is on trial", ServingDirectory);
    }

    public Task EndTrialAsync()
    {
        router.EndTrial();
        return Task.CompletedTask;
    }

    private async Task AskAsync(Student student, string question, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limits.AnswerTimeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var answer = await new StudentChatClient(student)
                .GetResponseAsync([new ChatMessage(ChatRole.User, question)], new ChatOptions { MaxOutputTokens = 4 },
                    both.Token).ConfigureAwait(false);
            if (answer.FinishReason is null) throw new InferenceException("the student gave no answer");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"the student gave no answer within {limits.AnswerTimeout.TotalSeconds:0.#} s");
        }
    }
}
