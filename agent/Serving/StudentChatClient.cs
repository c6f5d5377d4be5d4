using System.Runtime.CompilerServices;
using System.Text;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Structured;
using EdgeAgent.Inference.Tokenization;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Serving;

/// <summary>
/// The student as an <see cref="IChatClient"/>. The last update carries the finish reason, a <see cref="UsageContent"/> and the
/// time spent inside the decoder; <see cref="StudentContract"/> names the additional properties it reads and writes.
/// <see cref="ChatOptions.Reasoning"/> bounds a reasoning student's think block (<see cref="ThinkTokens"/>; none by default) and
/// says whether its text is returned, as <see cref="TextReasoningContent"/> (not by default). A response format holds for every token
/// behind the think block. Tools go through the student's chat template; calls come back as the text that it writes. Does not own the
/// student.
/// </summary>
internal sealed class StudentChatClient(Student student) : IChatClient, IAnswerLimiter, IAnswerFormats
{
    private const int DefaultMaxTokens = 128;

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    /// <exception cref="PromptTooLongException"/>
    /// <exception cref="EngineBusyException">The engine cannot answer in time: at once, or when others came before it.</exception>
    /// <exception cref="TemplateException">The student's chat template refuses the conversation.</exception>
    /// <exception cref="ArgumentException">A sampling value is out of range, or a format cannot be held.</exception>
    /// <exception cref="InferenceException">The step this answer was in failed.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
        ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var returnsReasoning = options?.Reasoning?.Output is ReasoningOutput.Full or ReasoningOutput.Summary;
        var (ids, think) = student.Prompt([.. messages.Select(m => new ChatTurn(m.Role.Value, m.Text))],
            ThinkTokens(options?.Reasoning?.Effort), RequestedFormat.Tools(options));
        var request = new GenerationRequest(ids, Sampling(options),
            Property<long?>(options, StudentContract.Deadline) ?? long.MaxValue)
        {
            Think = think,
            Constraint = RequestedFormat.Of(options) is { } format ? new TokenConstraint(student.Grammars.Get(format)) : null,
            TopLogprobs = Property<int?>(options, StudentContract.TopLogprobs),
            Client = Property<string>(options, StudentContract.Client) ?? "",
            Domain = Property<string>(options, StudentContract.Domain) ?? "",
            Priority = Property<bool?>(options, StudentContract.IsSafety) == true ? RequestPriority.Safety : RequestPriority.Normal,
        };
        var generation = student.Engine.Submit(request);
        var probabilities = new List<TokenProbability>();
        using var registration = cancellationToken.Register(generation.Cancel);
        try
        {
            while (await generation.Events.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (generation.Events.TryRead(out var e))
                {
                    if (e.Finish is FinishReason.Failed) throw new InferenceException(e.Error ?? "the step failed");
                    if (e.Finish is FinishReason.Refused) throw new EngineBusyException(student.Engine.RetryAfter);
                    if (e.Finish is FinishReason.Cancelled) throw new OperationCanceledException(cancellationToken);
                    if (e.Finish is FinishReason.Unspellable) throw new ArgumentException(e.Error);
                    if (e.Logprob is { } logprob) probabilities.Add(TokenProbability.Of(logprob, student.Tokenizer));
                    if (e.Text.Length == 0 && e.Finish is null && !(returnsReasoning && e.Reasoning.Length > 0)) continue;
                    var update = Update(e, ids.Length, returnsReasoning);
                    if (probabilities.Count > 0) update.AdditionalProperties![StudentContract.Logprobs] = probabilities.ToArray();
                    probabilities.Clear();
                    yield return update;
                }
            }
        }
        finally
        {
            generation.Cancel(); // an enumeration that ends early must free its row
        }
    }

    private ChatResponseUpdate Update(GenerationEvent e, int promptTokens, bool returnsReasoning)
    {
        var update = new ChatResponseUpdate(ChatRole.Assistant, e.Text)
        {
            ModelId = student.Manifest.Name,
            AdditionalProperties = new AdditionalPropertiesDictionary
            {
                [StudentContract.InferenceMilliseconds] = e.Inference.TotalMilliseconds,
                [StudentContract.Tokens] = e.Tokens,
                [StudentContract.Release] = student.Manifest.Release,
                [StudentContract.Digest] = student.Digest
            },
        };
        if (returnsReasoning && e.Reasoning.Length > 0) update.Contents.Insert(0, new TextReasoningContent(e.Reasoning));
        if (e.Finish is not { } finish) return update;
        update.FinishReason = finish == FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;
        update.Contents.Add(
            new UsageContent(new UsageDetails
            {
                InputTokenCount = promptTokens,
                OutputTokenCount = e.Tokens,
                TotalTokenCount = promptTokens + e.Tokens
            }));
        return update;
    }

    /// <summary>Maximum tokens of the think block at each effort; 0 when no effort is asked for.</summary>
    public static int ThinkTokens(ReasoningEffort? effort) => effort switch
    {
        ReasoningEffort.Low => 128,
        ReasoningEffort.Medium => 512,
        ReasoningEffort.High => 1024,
        ReasoningEffort.ExtraHigh => 2048,
        _ => 0,
    };

    private SamplingOptions Sampling(ChatOptions? options) => new()
    {
        MaxTokens = Math.Min(options?.MaxOutputTokens ?? DefaultMaxTokens, student.Context),
        Temperature = options?.Temperature ?? 0,
        TopK = options?.TopK ?? 0,
        TopP = options?.TopP ?? 1,
        MinP = Property<float?>(options, StudentContract.MinP) ?? 0,
        RepetitionPenalty = Property<float?>(options, StudentContract.RepetitionPenalty) ?? 1,
        Seed = (ulong)(options?.Seed ?? 0),
        Stop = options?.StopSequences as IReadOnlyList<string> ?? options?.StopSequences?.ToArray() ?? [],
    };

    private static T? Property<T>(ChatOptions? options, string name) =>
        options?.AdditionalProperties is { } properties && properties.TryGetValue(name, out var value) ? (T?)value : default;

    public (string Text, bool IsCut) Limit(string text, int? maxTokens, IReadOnlyList<string> stops)
    {
        var detokenizer = new IncrementalDetokenizer(student.Tokenizer, stops);
        var shown = new StringBuilder();
        var isCut = false;
        foreach (var (index, id) in student.Tokenizer.Encode(text, addSpecial: false).Index())
        {
            if (isCut = index >= maxTokens) break;
            shown.Append(detokenizer.Add(id));
            if (detokenizer.Stopped) break;
        }
        return isCut || detokenizer.Stopped ? (shown.Append(detokenizer.Finish()).ToString(), isCut) : (text, false);
    }

    public bool Fits(ChatOptions options, string text) =>
        RequestedFormat.Of(options) is not { } format || student.Grammars.Get(format).Accepts(text);

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        if (serviceType == typeof(Student)) return student;
        return serviceType == typeof(ChatClientMetadata)
            ? new ChatClientMetadata("edge-agent", null, student.Manifest.Name) : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
    }
}
