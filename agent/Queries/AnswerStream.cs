using EdgeAgent.Privacy;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Queries;

/// <summary>Streams one answer from the student to the asker: out of the engine, through privacy, into the draft and the sink.</summary>
/// <param name="client">Who asks, for the order in which queries are served.</param>
internal sealed class AnswerStream(Query query, string client, PrivacyExchange exchange, AnswerDraft draft, IReplySink sink,
    AgentMetrics metrics)
{
    private readonly ToolCallHold _calls = new();

    /// <summary>Queries of different domains share nothing that was computed for a prompt.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Runs to the end of the answer.</summary>
    /// <param name="conversation">Desensitized.</param>
    /// <param name="deadline"><see cref="TimeProvider"/> timestamp after which the answer is of no use.</param>
    /// <returns>
    /// The finish reason; null where heat suspended generation and a sentence was just complete. <c>content_filter</c> where the answer
    /// lost its form on its way through privacy.
    /// </returns>
    public async Task<string?> RunAsync(IChatClient student, IReadOnlyList<ChatMessage> conversation, long deadline,
        GenerationPermit permit, CancellationToken cancellationToken)
    {
        var finish = "stop";
        exchange.IsJson = query.Format.IsJson;
        var options = Options(deadline, permit.State.Level);
        await foreach (var update in student.GetStreamingResponseAsync(conversation, options, cancellationToken)
            .ConfigureAwait(false))
        {
            Note(update);
            if (update.FinishReason is { } reason) finish = reason.Value;
            foreach (var reasoning in update.Contents.OfType<TextReasoningContent>())
                await ReasoningAsync(exchange.Reasoning.Add(reasoning.Text)).ConfigureAwait(false);
            // the think block ends where the answer begins
            if (update.Text is { Length: > 0 } || update.FinishReason is not null)
                await ReasoningAsync(exchange.Reasoning.Finish()).ConfigureAwait(false);
            var text = update.Text is { Length: > 0 } piece ? exchange.Text.Add(piece) : "";
            if (update.FinishReason is not null) text += exchange.Text.Finish();
            if (text.Length > 0) await TextAsync(text, update).ConfigureAwait(false);
            exchange.IsJson |= query.Format.HasTools && exchange.Text.Written.Contains(ToolCallText.Open, StringComparison.Ordinal);
            if (update.FinishReason is null && text.Length > 0 && !AnswerPlanner.MayGenerate(permit.Now().Level)
                && Sentences.AreComplete(draft.Text)) return null;
        }
        if (_calls.Finish() is { Length: > 0 } rest && query is { Stream: true, Format.HasTools: true })
            await sink.PieceAsync(draft.NextPiece(rest, isReasoning: false)).ConfigureAwait(false);
        if (!exchange.Text.HasHidden) draft.ShowProbabilities();
        if (finish != "stop") return finish;
        if (query.Format.HasTools && draft.TakeToolCalls()) return "tool_calls";
        return HasLostForm(student, options) ? "content_filter" : finish;
    }

    /// <summary>Whether values that were hidden or put back took the answer's form from it.</summary>
    private bool HasLostForm(IChatClient student, ChatOptions options) => query.Format.IsGiven && draft.Text != exchange.Text.Written
        && student.GetService<IAnswerFormats>()?.Fits(options, draft.Text) == false;

    private void Note(ChatResponseUpdate update)
    {
        if (update.AdditionalProperties is { } properties)
        {
            if (properties.TryGetValue(StudentContract.Release, out long release)) draft.Release = release;
            if (properties.TryGetValue(StudentContract.Digest, out string? digest)) draft.Digest = digest;
            if (properties.TryGetValue(StudentContract.OnTrial, out bool isTrial)) draft.IsTrial = isTrial;
        }
        if (update.AdditionalProperties?.GetValueOrDefault(StudentContract.Logprobs) is IReadOnlyList<TokenProbability> tokens)
            draft.Add(tokens);
        foreach (var usage in update.Contents.OfType<UsageContent>())
            (draft.PromptTokens, draft.Tokens) = (usage.Details.InputTokenCount ?? 0, usage.Details.OutputTokenCount ?? 0);
    }

    private async Task ReasoningAsync(string text)
    {
        if (text.Length == 0) return;
        draft.AppendReasoning(text);
        if (query.Stream) await sink.PieceAsync(draft.NextPiece(text, isReasoning: true)).ConfigureAwait(false);
    }

    private async Task TextAsync(string text, ChatResponseUpdate update)
    {
        draft.AppendText(text);
        if (update.AdditionalProperties?.TryGetValue(StudentContract.Tokens, out int tokens) == true) draft.Tokens = tokens;
        var shown = query.Format.HasTools ? _calls.Add(text) : text;
        if (query.Stream && shown.Length > 0) await sink.PieceAsync(draft.NextPiece(shown, isReasoning: false)).ConfigureAwait(false);
        if (draft.NoteFirstPiece()
            && update.AdditionalProperties?.TryGetValue(StudentContract.InferenceMilliseconds, out double inference) == true)
            metrics.FirstPiece(draft.FirstPiece!.Value, inference);
    }

    private ChatOptions Options(long deadline, Level level) => new()
    {
        MaxOutputTokens = AnswerPlanner.Tokens(query.MaxTokens, level),
        Temperature = query.Temperature,
        TopP = query.TopP,
        TopK = query.TopK,
        Seed = query.Seed,
        StopSequences = [.. query.Stop],
        Reasoning = new ReasoningOptions
        {
            Effort = query.ReasoningEffort switch
            {
                "low" => ReasoningEffort.Low,
                "medium" => ReasoningEffort.Medium,
                "high" => ReasoningEffort.High,
                _ => ReasoningEffort.None,
            },
            Output = query.IncludeReasoning ? ReasoningOutput.Full : ReasoningOutput.None,
        },
        ResponseFormat = query.Format.Json,
        Tools = [.. query.Format.Tools],
        ToolMode = query.Format.ToolMode,
        AdditionalProperties = new AdditionalPropertiesDictionary
        {
            [StudentContract.Deadline] = (long?)deadline,
            [StudentContract.Client] = client,
            [StudentContract.Domain] = Domain,
            [StudentContract.IsSafety] = (bool?)query.IsSafety,
            [StudentContract.MinP] = (float?)query.MinP,
            [StudentContract.RepetitionPenalty] = (float?)query.RepetitionPenalty,
            [StudentContract.GuidedRegex] = query.Format.Regex,
            [StudentContract.GuidedChoice] = query.Format.Choice,
            [StudentContract.TopLogprobs] = query.Format.TopLogprobs,
        },
    };
}
