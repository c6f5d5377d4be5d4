using System.Text.Json;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Mqtt;
using EdgeAgent.Updates;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// <c>cmd/model-update/{id}</c> and <c>cmd/library-update/{id}</c>: hands an update to its loop, whose journal is durable when that
/// returns; a cleared command withdraws it. Progress is shown by <see cref="UpdateStatusView"/>.
/// </summary>
internal sealed class UpdateHandler(string operation, UpdateLoop updates) : ICommandHandler
{
    private const int MaxBytes = 64 << 10;

    public string Operation => operation;

    public async Task<IReadOnlyList<CommandResult>> HandleAsync(IReadOnlyList<DeviceCommand> commands)
    {
        var given = new List<(string Id, UpdateCommand Command)>();
        foreach (var command in commands)
        {
            if (!command.IsCleared)
            {
                given.Add((command.Id, Parse(command.Payload)));
                continue;
            }
            // in their order: what is withdrawn may have been given just before
            await GiveAsync(given).ConfigureAwait(false);
            updates.Withdraw(command.Id);
        }
        await GiveAsync(given).ConfigureAwait(false);
        return [.. commands.Select(_ => CommandResult.Silent)];
    }

    private async Task GiveAsync(List<(string Id, UpdateCommand Command)> commands)
    {
        if (commands.Count > 0) await updates.CommandsAsync([.. commands]).ConfigureAwait(false);
        commands.Clear();
    }

    /// <summary>A command that cannot be read names no bundle; the loop refuses it as it does a wrong name.</summary>
    private static UpdateCommand Parse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            if (payload.Length <= MaxBytes && JsonSerializer.Deserialize(payload.Span, UpdateJson.Default.UpdateCommand) is { } command)
                return command;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // refused by the loop, with a status
        }
        return new UpdateCommand { Bundle = "" };
    }
}

/// <summary><c>cmd/key-rotation/{id}</c>: a signed statement that adds and ends trusted keys.</summary>
internal sealed class KeyRotationHandler(KeyRing keys) : ICommandHandler
{
    public string Operation => Operations.KeyRotation;

    public Task<IReadOnlyList<CommandResult>> HandleAsync(IReadOnlyList<DeviceCommand> commands) =>
        Task.FromResult<IReadOnlyList<CommandResult>>([.. commands.Select(Rotate)]);

    private CommandResult Rotate(DeviceCommand command)
    {
        if (command.IsCleared) return CommandResult.Silent;
        try
        {
            using var document = JsonDocument.Parse(command.Payload);
            keys.Rotate(document.RootElement);
            return CommandResult.Committed();
        }
        catch (Exception e) when (e is JsonException or VerificationException)
        {
            return CommandResult.Failed(e.Message, UpdateReasons.SigInvalid);
        }
    }
}
