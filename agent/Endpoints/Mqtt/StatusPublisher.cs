using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>Writes retained JSON: the one place where statuses and views of state become messages. Never waits for the broker.</summary>
internal sealed class StatusPublisher(IStatusPublisher publisher, Topics topics, TimeProvider clock)
{
    /// <summary>The status of a command.</summary>
    public void Show(DeviceCommand command, CommandResult result)
    {
        var status = new JsonObject { ["id"] = command.Id };
        foreach (var (name, value) in result.Status ?? []) status[name] = value?.DeepClone();
        Retain(topics.CommandStatus(command.Operation, command.Id), status);
    }

    /// <param name="body">Gets the time, as <c>at</c>.</param>
    public void Retain(string topic, JsonObject body)
    {
        body["at"] = clock.GetUtcNow();
        publisher.Enqueue(new OutboundMessage(topic, JsonSerializer.SerializeToUtf8Bytes(body))
        {
            AtLeastOnce = true,
            Kind = MessageKind.Report,
            Retain = true,
            ContentType = "application/json"
        });
    }
}
