using EdgeAgent.Platform;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Serving;

/// <summary>A student's first answer: what ONNX Runtime prepares at the first run is no part of a query's time.</summary>
internal static class WarmUp
{
    private const string Question = "?";
    private const int MaxTokens = 4;

    /// <exception cref="InvalidOperationException">The student gave no answer.</exception>
    public static async Task RunAsync(IChatClient client, CancellationToken cancellationToken)
    {
        var answer = await client.GetResponseAsync([new ChatMessage(ChatRole.User, Question)],
            new ChatOptions { MaxOutputTokens = MaxTokens }, cancellationToken).ConfigureAwait(false);
        if (answer.FinishReason is null) throw new InvalidOperationException("the student gave no answer to the warm-up question");
    }

    /// <summary>Loads a student and lets it answer once.</summary>
    /// <exception cref="ModelFileException">The model cannot be used.</exception>
    /// <exception cref="InvalidOperationException">The student gave no answer.</exception>
    public static async Task<Student> LoadAsync(string directory, StudentOptions options, TimeProvider clock, ILogger logger,
        CancellationToken cancellationToken)
    {
        var student = Student.Load(directory, options, clock, logger);
        try
        {
            await RunAsync(new StudentChatClient(student), cancellationToken).ConfigureAwait(false);
            return student;
        }
        catch
        {
            student.Dispose();
            throw;
        }
    }
}
