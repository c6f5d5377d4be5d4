using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Mqtt;
using EdgeAgent.Updates;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// Commands in, state out: the MQTT side of updates. Statuses and the model topic are retained views of the journal, published
/// anew after every connection; retained commands come with the subscription, and the journal knows those it has seen.
/// </summary>
internal sealed class UpdateTopics(IDeviceLink link, Topics topics) : IUpdateView
{
    public const string ModelUpdate = "model-update", KeyRotation = "key-rotation";
    private const int MaxCommandBytes = 64 << 10;
    private UpdateLoop? _runner;
    private KeyRing? _keys;

    public void Start(UpdateLoop runner, KeyRing keys)
    {
        (_runner, _keys) = (runner, keys);
        link.Reconnected += () =>
        {
            runner.ShowAll();
            return Task.CompletedTask;
        };
    }

    /// <summary>Takes a command of these; the sender of others acknowledges them.</summary>
    public async Task TakeAsync(string operation, string id, InboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        try
        {
            if (operation == ModelUpdate && Topics.IsName(id)) await CommandAsync(id, message.Payload).ConfigureAwait(false);
            else if (operation == KeyRotation && Topics.IsName(id) && message.Payload.Length > 0)
                await RotateAsync(id, message.Payload).ConfigureAwait(false);
        }
        finally
        {
            await message.Acknowledge().ConfigureAwait(false);
        }
    }

    private async Task CommandAsync(string id, ReadOnlyMemory<byte> payload)
    {
        if (payload.IsEmpty)
        {
            _runner!.Withdraw(id);
            return;
        }
        UpdateCommand? command = null;
        try
        {
            if (payload.Length <= MaxCommandBytes) command = JsonSerializer.Deserialize(payload.Span, UpdateJson.Default.UpdateCommand);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // refused below
        }
        await _runner!.CommandAsync(id, command ?? new UpdateCommand { Bundle = "" }).ConfigureAwait(false);
    }

    private async Task RotateAsync(string id, ReadOnlyMemory<byte> payload)
    {
        var status = new JsonObject { ["id"] = id };
        try
        {
            using var document = JsonDocument.Parse(payload);
            _keys!.Rotate(document.RootElement);
            status["state"] = "committed";
        }
        catch (Exception e) when (e is JsonException or VerificationException)
        {
            (status["state"], status["reason"], status["detail"]) = ("failed", UpdateReasons.SigInvalid, e.Message);
        }
        await RetainAsync(topics.CommandStatus(KeyRotation, id), status.ToJsonString()).ConfigureAwait(false);
    }

    public Task ShowAsync(UpdateRecord record, CancellationToken cancellationToken) =>
        RetainAsync(topics.CommandStatus(ModelUpdate, record.Id), Status(record).ToJsonString()).WaitAsync(cancellationToken);

    /// <summary>An update as the status topic shows it.</summary>
    public static JsonObject Status(UpdateRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var status = new JsonObject
        {
            ["id"] = record.Id,
            ["bundle"] = record.Command.Bundle,
            ["state"] = Word(record.State),
            ["bytes_done"] = record.BytesDone,
            ["bytes_total"] = record.BytesTotal,
            ["attempts"] = record.Attempts,
            ["received_at"] = record.ReceivedAt,
            ["updated_at"] = record.UpdatedAt,
        };
        if (record.Reason is not null) status["reason"] = record.Reason;
        if (record.Detail is not null) status["detail"] = record.Detail;
        if (record.NextRetry is { } retry) status["next_retry"] = retry;
        if (record.Gate is { } gate)
            status["gate"] = new JsonObject
            {
                ["golden"] = $"{gate.Candidate.GoldenRight}/{gate.Candidate.Golden}",
                ["tokens_per_second"] = Math.Round(gate.Candidate.TokensPerSecond, 1),
                ["incumbent_tokens_per_second"] = gate.Incumbent is { } i ? Math.Round(i.TokensPerSecond, 1) : null,
                ["leaks"] = gate.Candidate.Leaks
            };
        return status;
    }

    /// <summary>A state as topics have it: rolled-back.</summary>
    private static string Word(UpdateState state) => JsonNamingPolicy.KebabCaseLower.ConvertName(state.ToString());

    public Task ShowModelAsync(ModelView model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        return RetainAsync(topics.Model, new JsonObject
        {
            ["installed"] = model.Installed,
            ["digest"] = model.Digest,
            ["release"] = model.Release,
            ["trial"] = model.Trial,
            ["latest"] = model.Latest,
            ["state"] = model.State is { } state ? Word(state) : null,
        }.ToJsonString()).WaitAsync(cancellationToken);
    }

    /// <summary>Never waits for the broker.</summary>
    private Task RetainAsync(string topic, string json)
    {
        link.Enqueue(new OutboundMessage(topic, Encoding.UTF8.GetBytes(json))
        {
            AtLeastOnce = true,
            Retain = true,
            ContentType = "application/json"
        });
        return Task.CompletedTask;
    }
}
