using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Mqtt;

namespace EdgeAgent;

/// <summary>The commands that change what the device has written down: answers-correct and answers-purge.</summary>
internal sealed class AnswerCommands(AnswerDesk answers, Topics topics)
{
    private const string Correct = "answers-correct", Purge = "answers-purge";

    /// <summary>Carries a command out; its status, or null where it is none of these.</summary>
    public Task<OutboundMessage?> TakeAsync(string operation, string id, ReadOnlyMemory<byte> payload)
    {
        if (operation is not (Correct or Purge) || payload.IsEmpty || !Topics.IsName(id)) return Task.FromResult<OutboundMessage?>(null);
        return Task.Run(() => (OutboundMessage?)new OutboundMessage(topics.CommandStatus(operation, id), Encoding.UTF8.GetBytes(Do(operation, id, payload).ToJsonString())) { AtLeastOnce = true, Retain = true, ContentType = "application/json" });
    }

    private JsonObject Do(string operation, string id, ReadOnlyMemory<byte> payload)
    {
        var status = new JsonObject { ["id"] = id };
        try
        {
            if (operation == Correct) status["answer_id"] = answers.Correct(payload.Span);
            else status["deleted"] = answers.Purge(payload);
            status["state"] = "committed";
        }
        catch (Exception e) when (e is FormatException or Microsoft.Data.Sqlite.SqliteException)
        {
            (status["state"], status["detail"]) = ("failed", e is FormatException ? $"expected {e.Message}" : "the answers cannot be written");
        }
        return status;
    }
}
