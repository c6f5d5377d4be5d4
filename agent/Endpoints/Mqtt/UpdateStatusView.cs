using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using EdgeAgent.Updates;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>A journal as retained topics: a status per update, and what is installed.</summary>
/// <param name="operation">Of the commands: <see cref="Operations.ModelUpdate"/> or <see cref="Operations.LibraryUpdate"/>.</param>
/// <param name="showInstalled">Shows what is installed otherwise; null for the model topic.</param>
internal sealed class UpdateStatusView(StatusPublisher statuses, Topics topics, string operation, Action? showInstalled = null)
    : IUpdateView
{
    public Task ShowAsync(UpdateRecord record, CancellationToken cancellationToken)
    {
        statuses.Retain(topics.CommandStatus(operation, record.Id), Status(record));
        return Task.CompletedTask;
    }

    public Task ShowModelAsync(ModelView model, CancellationToken cancellationToken)
    {
        if (showInstalled is { } show) show();
        else statuses.Retain(topics.Model, Model(model));
        return Task.CompletedTask;
    }

    /// <summary>An update as the status topic shows it.</summary>
    public static JsonObject Status(UpdateRecord record)
    {
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
        if (record.Gate is { } gate) status["gate"] = Gate(gate);
        return status;
    }

    private static JsonObject Gate(GateReport gate) => new()
    {
        ["golden"] = $"{gate.Candidate.GoldenRight}/{gate.Candidate.Golden}",
        ["tokens_per_second"] = Math.Round(gate.Candidate.TokensPerSecond, 1),
        ["incumbent_tokens_per_second"] = gate.Incumbent is { } incumbent ? Math.Round(incumbent.TokensPerSecond, 1) : null,
        ["leaks"] = gate.Candidate.Leaks,
    };

    private static JsonObject Model(ModelView model) => new()
    {
        ["installed"] = model.Installed,
        ["digest"] = model.Digest,
        ["release"] = model.Release,
        ["trial"] = model.Trial,
        ["latest"] = model.Latest,
        ["state"] = model.State is { } state ? Word(state) : null,
    };

    /// <summary>A state as topics have it: rolled-back.</summary>
    private static string Word(UpdateState state) => JsonNamingPolicy.KebabCaseLower.ConvertName(state.ToString());
}
