using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using EdgeAgent.Answers;
using EdgeAgent.Mqtt;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// The commands that change what the device has written down: answers-correct and answers-purge. One after the other, off the
/// receive loop; corrections that wait together are written together. A command is acknowledged when it is done.
/// </summary>
internal sealed class AnswerCommands : IAsyncDisposable
{
    public const string Correct = "answers-correct", Purge = "answers-purge";
    private const int MaxTogether = 256, MaxWaiting = 4096;

    private readonly AnswerCache _answers;
    private readonly Topics _topics;
    private readonly IReplyPublisher _publisher;
    private readonly Channel<(string Operation, string Id,
        InboundMessage Message)> _waiting = Channel.CreateBounded<(string, string, InboundMessage)>(MaxWaiting);
    private readonly Task _loop;

    public AnswerCommands(AnswerCache answers, Topics topics, IReplyPublisher publisher)
    {
        (_answers, _topics, _publisher) = (answers, topics, publisher);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Takes a command that is one of these.</summary>
    /// <returns>Whether it is; if not, or where too many wait, nothing was done with the message.</returns>
    public bool Take(string operation, string id, InboundMessage message) =>
        operation is Correct or Purge && !message.Payload.IsEmpty && Topics.IsName(id)
        && _waiting.Writer.TryWrite((operation, id, message));

    private async Task RunAsync()
    {
        var together = new List<(string Operation, string Id, InboundMessage Message)>();
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            together.Clear();
            while (together.Count < MaxTogether && _waiting.Reader.TryRead(out var command)) together.Add(command);
            foreach (var (operation, id, status) in Do(together))
                await _publisher.PublishAsync(new OutboundMessage(_topics.CommandStatus(operation, id),
                    Encoding.UTF8.GetBytes(status.ToJsonString()))
                {
                    AtLeastOnce = true,
                    Retain = true,
                    ContentType = "application/json"
                }).ConfigureAwait(false);
            foreach (var (_, _, message) in together) await message.Acknowledge().ConfigureAwait(false);
        }
    }

    private List<(string Operation, string Id,
        JsonObject Status)> Do(IReadOnlyList<(string Operation, string Id, InboundMessage Message)> commands)
    {
        var done = new List<(string, string, JsonObject)>();
        var corrections = new List<(string Id, AnswerEntry Entry)>();
        void Write()
        {
            if (corrections.Count == 0) return;
            var failure = Try(() => _answers.Correct([.. corrections.Select(c => c.Entry)]));
            foreach (var (id, entry) in corrections)
                done.Add((Correct, id,
                    failure is null
                        ? new JsonObject { ["id"] = id, ["answer_id"] = entry.Id, ["state"] = "committed" } : Failed(id, failure)));
            corrections.Clear();
        }
        foreach (var (operation, id, message) in commands)
        {
            if (operation == Purge) Write(); // in the order they came
            var deleted = 0;
            var failure = Try(() =>
            {
                if (operation == Correct) corrections.Add((id, AnswerCache.Correction(message.Payload.Span)));
                else deleted = _answers.Purge(message.Payload);
            });
            if (failure is not null) done.Add((operation, id, Failed(id, failure)));
            else if (operation == Purge)
                done.Add((Purge, id, new JsonObject { ["id"] = id, ["deleted"] = deleted, ["state"] = "committed" }));
        }
        Write();
        return done;
    }

    private static JsonObject Failed(string id, string why) => new() { ["id"] = id, ["state"] = "failed", ["detail"] = why };

    private static string? Try(Action work)
    {
        try
        {
            work();
            return null;
        }
        catch (Exception e) when (e is FormatException or SqliteException)
        {
            return e is FormatException ? $"expected {e.Message}" : "the answers cannot be written";
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
