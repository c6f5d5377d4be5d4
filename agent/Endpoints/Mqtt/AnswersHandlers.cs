using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// <c>cmd/answers-correct/{id}</c>: writes stored answers {"id"?,"questions","answer",...}, all that wait in one transaction.
/// </summary>
internal sealed class AnswersCorrectHandler(AnswerCache? answers) : ICommandHandler
{
    public string Operation => Operations.AnswersCorrect;

    public Task<IReadOnlyList<CommandResult>> HandleAsync(IReadOnlyList<DeviceCommand> commands)
    {
        var results = new CommandResult[commands.Count];
        var entries = new List<AnswerEntry>();
        for (var i = 0; i < commands.Count; i++)
        {
            results[i] = CommandResult.Silent;
            if (commands[i].IsCleared) continue;
            try
            {
                var entry = AnswerCache.Correction(commands[i].Payload.Span);
                entries.Add(entry);
                results[i] = CommandResult.Committed(new JsonObject { ["answer_id"] = entry.Id });
            }
            catch (FormatException e)
            {
                results[i] = CommandResult.Failed($"expected {e.Message}");
            }
        }
        if (answers is null) return Task.FromResult(NoAnswers.To(commands));
        if (entries.Count > 0) answers.Correct(entries);
        return Task.FromResult<IReadOnlyList<CommandResult>>(results);
    }
}

/// <summary><c>cmd/answers-purge/{id}</c>: deletes stored answers by {"match"?,"model"?,"older_days"?}.</summary>
internal sealed class AnswersPurgeHandler(AnswerCache? answers) : ICommandHandler
{
    public string Operation => Operations.AnswersPurge;

    public Task<IReadOnlyList<CommandResult>> HandleAsync(IReadOnlyList<DeviceCommand> commands) =>
        Task.FromResult(answers is null ? NoAnswers.To(commands) : [.. commands.Select(c => Purge(answers, c))]);

    private static CommandResult Purge(AnswerCache answers, DeviceCommand command)
    {
        if (command.IsCleared) return CommandResult.Silent;
        try
        {
            return CommandResult.Committed(new JsonObject { ["deleted"] = answers.Purge(command.Payload) });
        }
        catch (FormatException e)
        {
            return CommandResult.Failed($"expected {e.Message}");
        }
    }
}

/// <summary>What commands hear on a device that keeps no stored answers.</summary>
internal static class NoAnswers
{
    public static IReadOnlyList<CommandResult> To(IReadOnlyList<DeviceCommand> commands) => [.. commands.Select(c => c.IsCleared
        ? CommandResult.Silent
        : CommandResult.Failed("this device keeps no stored answers: it has no state directory, or its database cannot be opened"))];
}
