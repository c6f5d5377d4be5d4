using System.Threading.Channels;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// Commands over MQTT: one bounded inbox off the receive loop, a handler per operation, one status writer, acknowledgement last.
/// Commands of one operation that wait together are handed over together. A command that the disk refuses ends in a failed status and
/// stays unacknowledged.
/// </summary>
internal sealed partial class CommandEndpoint : IAsyncDisposable
{
    /// <summary>Commands that may wait; of more, each is answered with a failed status.</summary>
    public const int Capacity = 4096;

    private const int MaxBatch = 256;
    private readonly Dictionary<string, ICommandHandler> _handlers;
    private readonly StatusPublisher _statuses;
    private readonly AgentMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Channel<(DeviceCommand Command, InboundMessage Message)> _inbox =
        Channel.CreateBounded<(DeviceCommand, InboundMessage)>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Task _loop;

    public CommandEndpoint(IEnumerable<ICommandHandler> handlers, StatusPublisher statuses, AgentMetrics metrics,
        ILogger<CommandEndpoint> logger)
    {
        _handlers = handlers.ToDictionary(h => h.Operation, StringComparer.Ordinal);
        (_statuses, _metrics, _logger) = (statuses, metrics, logger);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Commands that wait for their turn.</summary>
    public int Waiting => _inbox.Reader.Count;

    /// <summary>Takes a message of the command topics from the link. Never waits.</summary>
    public void Receive(InboundMessage message)
    {
        if (!Topics.TryParseCommand(message.Topic, out var operation, out var id))
        {
            _metrics.Drop("bad_command");
            _ = message.Acknowledge();
            return;
        }
        var command = new DeviceCommand(operation, id, message.Payload);
        if (_inbox.Writer.TryWrite((command, message))) return;
        _metrics.Drop("command_overflow");
        if (!command.IsCleared) _statuses.Show(command, CommandResult.Failed($"more than {Capacity} commands wait", isDone: false));
    }

    private async Task RunAsync()
    {
        var batch = new List<(DeviceCommand Command, InboundMessage Message)>();
        while (await _inbox.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _inbox.Reader.TryPeek(out var next)
                && (batch.Count == 0 || batch[0].Command.Operation == next.Command.Operation) && _inbox.Reader.TryRead(out next))
                batch.Add(next);
            var results = await CarryOutAsync([.. batch.Select(b => b.Command)]).ConfigureAwait(false);
            foreach (var ((command, message), result) in batch.Zip(results))
            {
                if (result.Status is not null) _statuses.Show(command, result);
                if (result.IsDone) await AcknowledgeAsync(message).ConfigureAwait(false);
            }
        }
    }

    private async Task<IReadOnlyList<CommandResult>> CarryOutAsync(IReadOnlyList<DeviceCommand> commands)
    {
        if (!_handlers.TryGetValue(commands[0].Operation, out var handler)) return [.. commands.Select(Unknown)];
        try
        {
            return await handler.HandleAsync(commands).ConfigureAwait(false);
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            NotWritten(_logger, commands[0].Operation, e);
            return [.. commands.Select(_ => CommandResult.Failed($"the device cannot write it: {e.Message}", isDone: false))];
        }
        catch (Exception e) // the loop's edge: one command cannot stop the endpoint
        {
            CommandFailed(_logger, commands[0].Operation, e);
            return [.. commands.Select(_ => CommandResult.Failed($"the device failed to carry it out: {e.GetType().Name}"))];
        }
    }

    private CommandResult Unknown(DeviceCommand command) => command.IsCleared ? CommandResult.Silent
        : CommandResult.Failed($"unknown operation '{command.Operation}'; this device knows " +
            string.Join(", ", _handlers.Keys.Order(StringComparer.Ordinal)));

    private async Task AcknowledgeAsync(InboundMessage message)
    {
        try
        {
            await message.Acknowledge().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException) // the connection is gone: the command comes again and is known
        {
            NotAcknowledged(_logger, e.GetType().Name);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _inbox.Writer.TryComplete();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Commands '{Operation}' could not be written and stay unacknowledged")]
    private static partial void NotWritten(ILogger logger, string operation, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "A command '{Operation}' failed")]
    private static partial void CommandFailed(ILogger logger, string operation, Exception e);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A command was not acknowledged: {Kind}")]
    private static partial void NotAcknowledged(ILogger logger, string kind);
}
