using System.Text;
using EdgeAgent.Inference;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Queries;

/// <summary>One query's way through the student: streams pieces as they come and collects what the final reply says.</summary>
internal sealed class AnswerRun(IChatClient student, string model, Query query, long receivedAt, IReplyPublisher publisher, AgentMetrics metrics, TimeProvider clock)
{
    private readonly string _answerId = Identifiers.New(clock);
    private readonly long _created = clock.GetUtcNow().ToUnixTimeSeconds();
    private readonly StringBuilder _text = new(), _reasoning = new();
    private double? _firstToken;
    private long _promptTokens, _tokens;
    private int _sequence;

    public async Task<AnswerFacts> StreamAsync(long deadline, CancellationToken cancellationToken)
    {
        var finish = "stop";
        var messages = query.Messages.Select(m => new ChatMessage(new ChatRole(m.Role), m.Content));
        await foreach (var update in student.GetStreamingResponseAsync(messages, Options(deadline), cancellationToken).ConfigureAwait(false))
        {
            if (update.FinishReason is { } reason) finish = reason.Value;
            foreach (var usage in update.Contents.OfType<UsageContent>())
                (_promptTokens, _tokens) = (usage.Details.InputTokenCount ?? 0, usage.Details.OutputTokenCount ?? 0);
            foreach (var reasoning in update.Contents.OfType<TextReasoningContent>()) await ReasoningAsync(reasoning.Text).ConfigureAwait(false);
            if (update.Text is { Length: > 0 } text) await PieceAsync(text, update).ConfigureAwait(false);
        }
        return Facts(finish);
    }

    private async Task PieceAsync(string text, ChatResponseUpdate update)
    {
        _text.Append(text);
        if (update.AdditionalProperties?.TryGetValue(StudentChatClient.Tokens, out int tokens) == true) _tokens = tokens;
        if (query.Stream) await publisher.PublishAsync(Replies.Chunk(query.ReplyTo, _answerId, model, _created, text, _sequence++)).ConfigureAwait(false);
        if (_firstToken is not null) return;
        _firstToken = clock.GetElapsedTime(receivedAt).TotalMilliseconds;
        if (update.AdditionalProperties?.TryGetValue(StudentChatClient.InferenceMilliseconds, out double inference) == true) metrics.FirstPiece(_firstToken.Value, inference);
    }

    private async Task ReasoningAsync(string text)
    {
        _reasoning.Append(text);
        if (query.Stream) await publisher.PublishAsync(Replies.Chunk(query.ReplyTo, _answerId, model, _created, text, _sequence++, isReasoning: true)).ConfigureAwait(false);
    }

    /// <summary>What is known now.</summary>
    public AnswerFacts Facts(string finishReason) => new(_answerId, _text.ToString(), finishReason)
    {
        Model = model,
        Reasoning = _reasoning.Length > 0 ? _reasoning.ToString() : null,
        Created = _created,
        TtftMilliseconds = _firstToken,
        TotalMilliseconds = clock.GetElapsedTime(receivedAt).TotalMilliseconds,
        PromptTokens = _promptTokens,
        Tokens = _tokens,
    };

    private ChatOptions Options(long deadline) => new()
    {
        MaxOutputTokens = query.MaxTokens,
        Temperature = query.Temperature,
        TopP = query.TopP,
        TopK = query.TopK,
        Seed = query.Seed,
        StopSequences = [.. query.Stop],
        Reasoning = new ReasoningOptions
        {
            Effort = query.ReasoningEffort switch { "low" => ReasoningEffort.Low, "medium" => ReasoningEffort.Medium, "high" => ReasoningEffort.High, _ => ReasoningEffort.None },
            Output = query.IncludeReasoning ? ReasoningOutput.Full : ReasoningOutput.None,
        },
        AdditionalProperties = new AdditionalPropertiesDictionary
        {
            [StudentChatClient.Deadline] = (long?)deadline,
            [StudentChatClient.MinP] = (float?)query.MinP,
            [StudentChatClient.RepetitionPenalty] = (float?)query.RepetitionPenalty,
        },
    };
}
