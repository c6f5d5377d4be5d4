using System.Text;
using EdgeAgent.Answers;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Placeholders;
using EdgeAgent.Privacy.Streaming;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Queries;

/// <summary>One query's way through the student: streams pieces as they come and collects what the final reply says.</summary>
internal sealed class AnswerStream(IChatClient student, string model, Query query, Desensitizer desensitizer, Conversation conversation,
    long receivedAt, IReplyPublisher publisher, AgentMetrics metrics, Thermal.Level level, Fallbacks fallbacks, TimeProvider clock)
{
    private readonly SortedDictionary<string, int> _desensitized = new(StringComparer.Ordinal);
    private readonly OutputFilter _guard = new(desensitizer.PatternsOnly, conversation),
        _reasoningGuard = new(desensitizer.PatternsOnly, conversation);
    private readonly Restorer _restorer = new(p => Original(desensitizer, conversation, query, p)),
        _reasoningRestorer = new(p => Original(desensitizer, conversation, query, p));
    private readonly string _answerId = Identifiers.New(clock);
    private readonly long _created = clock.GetUtcNow().ToUnixTimeSeconds();
    private readonly StringBuilder _text = new(), _reasoning = new(), _written = new(); // shown, thought, and as the student wrote it
    private double? _firstToken;
    private long _promptTokens, _tokens;
    private int _sequence;
    private IReadOnlyList<Scrubbed>? _texts;

    /// <summary>The messages' texts as student and cache see them; scrubbed once.</summary>
    private IReadOnlyList<Scrubbed> Texts => _texts ??= [.. query.Messages.Select(m => Scrub(m.Content))];
    private long? _release;
    private string? _digest;
    private bool? _isTrial;
    private double? _joulesBefore;

    /// <summary>Whether the asker has seen a piece of an answer.</summary>
    public bool HasBegun => _sequence > 0;

    public async Task<AnswerFacts> StreamAsync(long deadline, CancellationToken cancellationToken)
    {
        var finish = "stop";
        _joulesBefore = fallbacks.Joules?.Invoke();
        await foreach (var update in student.GetStreamingResponseAsync(
            [.. query.Messages.Zip(Texts, (m, text) => new ChatMessage(new ChatRole(m.Role), text.Text))], Options(deadline),
            cancellationToken).ConfigureAwait(false))
        {
            if (update.AdditionalProperties?.TryGetValue(StudentContract.Release, out long release) == true) _release = release;
            if (update.AdditionalProperties?.TryGetValue(StudentContract.Digest, out string? digest) == true) _digest = digest;
            if (update.AdditionalProperties?.TryGetValue(StudentContract.OnTrial, out bool isTrial) == true) _isTrial = isTrial;
            if (update.FinishReason is { } reason) finish = reason.Value;
            _written.Append(update.Text);
            foreach (var usage in update.Contents.OfType<UsageContent>())
                (_promptTokens, _tokens) = (usage.Details.InputTokenCount ?? 0, usage.Details.OutputTokenCount ?? 0);
            foreach (var reasoning in update.Contents.OfType<TextReasoningContent>())
                await ReasoningAsync(_reasoningRestorer.Add(_reasoningGuard.Add(reasoning.Text))).ConfigureAwait(false);
            // thoughts end where the answer begins
            if (update.Text is { Length: > 0 } || update.FinishReason is not null)
                await ReasoningAsync(_reasoningRestorer.Add(_reasoningGuard.Finish()) + _reasoningRestorer.Finish()).ConfigureAwait(false);
            // first what the student wrote is judged, then the asker's own values are put back
            var text = update.Text is { Length: > 0 } piece ? _restorer.Add(_guard.Add(piece)) : "";
            if (update.FinishReason is not null)
            {
                text += _restorer.Add(_guard.Finish()) + _restorer.Finish();
            }
            if (text.Length > 0) await PieceAsync(text, update).ConfigureAwait(false);
            // too hot to go on: the end of a sentence is a good place to stop
            if (update.FinishReason is null && text.Length > 0 && !Fallbacks.MayGenerate(fallbacks.State().Level)
                && Fallbacks.SentenceEnd(_text.ToString()) >= _text.ToString().TrimEnd().Length) return Cut();
        }
        Learn(finish);
        return Facts(finish);
    }

    /// <summary>What was said before the device became too hot, up to the end of a sentence where one has ended.</summary>
    public AnswerFacts Cut()
    {
        var text = _text.ToString();
        var end = Fallbacks.SentenceEnd(text);
        return Facts("length") with { Text = end > 0 ? text[..end] : text, IsDegraded = true, Level = fallbacks.State().Level.ToString() };
    }

    /// <summary>Keeps a good answer for the next one who asks the same.</summary>
    private void Learn(string finish)
    {
        if (fallbacks.Answers is not { } answers || Texts is not [var question] || _digest is null) return;
        var isPlain = query.Messages[0].Role == "user" && query.Temperature == 0 && query.RepetitionPenalty == 1 && query.Stop.Count == 0
            && query.Conversation is null && query.ReasoningEffort == "none";
        answers.Learn(new Candidate(_answerId, question, desensitizer.PatternsOnly.Scrub(_written.ToString()), _digest,
            IsComplete: finish == "stop" && level == Thermal.Level.L0, isPlain));
    }

    private async Task PieceAsync(string text, ChatResponseUpdate update)
    {
        _text.Append(text);
        if (update.AdditionalProperties?.TryGetValue(StudentContract.Tokens, out int tokens) == true) _tokens = tokens;
        if (query.Stream)
            await publisher.PublishAsync(Replies.Chunk(query.ReplyTo, _answerId, model, _created, text, _sequence++)).ConfigureAwait(false);
        if (_firstToken is not null) return;
        _firstToken = clock.GetElapsedTime(receivedAt).TotalMilliseconds;
        if (update.AdditionalProperties?.TryGetValue(StudentContract.InferenceMilliseconds, out double inference) == true)
            metrics.FirstPiece(_firstToken.Value, inference);
    }

    /// <summary>An answer that is written down, if there is one to this question: single questions only, by their scrubbed text.</summary>
    public AnswerFacts? FromAnswers(AnswerCache answers, bool mayGuess)
    {
        if (Texts is not [var only]) return null;
        var hit = answers.Find(only, mayGuess);
        if (hit.Entry is not { } entry) return null;
        answers.Served(_answerId, entry);
        return Facts("stop") with
        {
            Text = entry.Answer,
            Source = entry.Source == AnswerEntry.Curated ? "curated" : "cache",
            CacheId = entry.Id,
            Score = Math.Round(hit.Score, 4),
            CachedAgeSeconds = entry.CreatedAt is { } created ? Math.Round((clock.GetUtcNow() - created).TotalSeconds) : null
        };
    }

    /// <summary>What the deployer wants said where there is nothing else to say.</summary>
    public AnswerFacts FromPreset(string text) => Facts("stop") with { Text = text, Source = "fallback" };

    /// <summary>
    /// What the student sees of a message: placeholders, numbered over the whole query. The map lives as long as the conversation.
    /// </summary>
    private Scrubbed Scrub(string content)
    {
        var (text, spans) = desensitizer.Scrub(content, conversation);
        foreach (var span in spans) _desensitized[span.Finding.Type] = _desensitized.GetValueOrDefault(span.Finding.Type) + 1;
        return text;
    }

    /// <summary>What a placeholder stands for, if who reads the replies may see it.</summary>
    private static string? Original(Desensitizer desensitizer, Conversation conversation, Query query, string placeholder) =>
        desensitizer.Options.MayRestore(query.ReplyTo.Topic, Placeholder.TypeOf(placeholder)) ? conversation.Value(placeholder) : null;

    private async Task ReasoningAsync(string text)
    {
        if (text.Length == 0) return;
        _reasoning.Append(text);
        if (query.Stream)
            await publisher.PublishAsync(Replies.Chunk(query.ReplyTo, _answerId, model, _created, text, _sequence++,
                isReasoning: true)).ConfigureAwait(false);
    }

    /// <summary>What is known now.</summary>
    public AnswerFacts Facts(string finishReason) => new(_answerId, _text.ToString(), finishReason)
    {
        Model = model,
        Level = level.ToString(),
        Release = _release,
        IsTrial = _isTrial,
        Joules = _joulesBefore is { } before ? fallbacks.Joules!() - before : null,
        Desensitized = _desensitized,
        Reasoning = _reasoning.Length > 0 ? _reasoning.ToString() : null,
        Created = _created,
        TtftMilliseconds = _firstToken,
        TotalMilliseconds = clock.GetElapsedTime(receivedAt).TotalMilliseconds,
        PromptTokens = _promptTokens,
        Tokens = _tokens,
    };

    private ChatOptions Options(long deadline) => new()
    {
        MaxOutputTokens = Fallbacks.Tokens(query.MaxTokens, level),
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
                _ => ReasoningEffort.None
            },
            Output = query.IncludeReasoning ? ReasoningOutput.Full : ReasoningOutput.None,
        },
        AdditionalProperties = new AdditionalPropertiesDictionary
        {
            [StudentContract.Deadline] = (long?)deadline,
            [StudentContract.MinP] = (float?)query.MinP,
            [StudentContract.RepetitionPenalty] = (float?)query.RepetitionPenalty,
        },
    };
}
