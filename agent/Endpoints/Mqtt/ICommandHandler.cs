using System.Text.Json.Nodes;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>A command as it came: <c>cmd/{operation}/{id}</c>.</summary>
/// <param name="Payload">Empty where the requester cleared the retained command.</param>
internal sealed record DeviceCommand(string Operation, string Id, ReadOnlyMemory<byte> Payload)
{
    public bool IsCleared => Payload.IsEmpty;
}

/// <summary>What became of a command.</summary>
/// <param name="Status">Fields of the status beside <c>id</c>; null where nothing is to be said, or the handler's own view says it.</param>
/// <param name="IsDone">Whether the message may be acknowledged; if not, the broker delivers it again after the next connection.</param>
internal sealed record CommandResult(JsonObject? Status, bool IsDone = true)
{
    /// <summary>Nothing to say: a cleared command, or one whose progress has its own view.</summary>
    public static readonly CommandResult Silent = new((JsonObject?)null);

    public static CommandResult Committed(JsonObject? fields = null)
    {
        var status = fields ?? [];
        status["state"] = "committed";
        return new CommandResult(status);
    }

    /// <param name="reason">One of the contract's reasons; null without one.</param>
    public static CommandResult Failed(string detail, string? reason = null, bool isDone = true)
    {
        var status = new JsonObject { ["state"] = "failed" };
        if (reason is not null) status["reason"] = reason;
        status["detail"] = detail;
        return new CommandResult(status, isDone);
    }
}

/// <summary>Carries out one kind of command. Register it, and <see cref="CommandEndpoint"/> finds it by its operation.</summary>
internal interface ICommandHandler
{
    /// <summary>The operation in the topic, such as <c>answers-purge</c>.</summary>
    string Operation { get; }

    /// <summary>
    /// Carries out commands of this operation that waited together, in their order; durable when it returns. Exceptions of the disk
    /// (I/O, access, SQLite) become a failed status that names them, and the commands are not acknowledged.
    /// </summary>
    /// <returns>One result a command, in the same order.</returns>
    Task<IReadOnlyList<CommandResult>> HandleAsync(IReadOnlyList<DeviceCommand> commands);
}
