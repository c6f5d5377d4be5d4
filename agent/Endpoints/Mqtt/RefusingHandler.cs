namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// Stands for a handler that could not be set up: every command ends in a failed status that says why. None is acknowledged, so that
/// they come again after a restart that mends it.
/// </summary>
internal sealed class RefusingHandler(string operation, string reason) : ICommandHandler
{
    public string Operation => operation;

    public Task<IReadOnlyList<CommandResult>> HandleAsync(IReadOnlyList<DeviceCommand> commands) =>
        Task.FromResult<IReadOnlyList<CommandResult>>([.. commands.Select(c => c.IsCleared ? CommandResult.Silent
            : CommandResult.Failed($"the device cannot do this at present: {reason}", isDone: false))]);
}
