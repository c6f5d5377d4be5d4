using System.Text.Json;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Queries;

/// <summary>What is known of an answer when it ends.</summary>
internal sealed record AnswerFacts(string AnswerId, string Text, string FinishReason)
{
    public required string Model { get; init; }

    /// <summary>What the student thought, where the asker wanted to see it.</summary>
    public string? Reasoning { get; init; }

    public long Created { get; init; }
    /// <summary>How many entities of each type were taken out of the question.</summary>
    public IReadOnlyDictionary<string, int> Desensitized { get; init; } = new Dictionary<string, int>();

    /// <summary>Release of the student that answered; null where none did.</summary>
    public long? Release { get; init; }

    /// <summary>Energy the answer took, where the board has power rails.</summary>
    public double? Joules { get; init; }

    /// <summary>Whether a student on trial answered; null where none is on trial.</summary>
    public bool? IsTrial { get; init; }

    public string Source { get; init; } = "model";
    public string Level { get; init; } = "L0";
    /// <summary>Whether it ended early because the device is too hot.</summary>
    public bool IsDegraded { get; init; }

    /// <summary>The entry that answered, by which it can be corrected or purged.</summary>
    public string? CacheId { get; init; }

    public double? CachedAgeSeconds { get; init; }
    public double? Score { get; init; }
    public double? TtftMilliseconds { get; init; }
    public double TotalMilliseconds { get; init; }
    public long PromptTokens { get; init; }
    public long Tokens { get; init; }
}

/// <summary>
/// Writes the three kinds of reply: streamed pieces, the final answer, an error. OpenAI's shapes, with an <c>agent</c> object.
/// </summary>
internal static class Replies
{
    public const string Json = "application/json";
    private static readonly JsonWriterOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static OutboundMessage Chunk(ReplyAddress to, string answerId, string model, long created, string text, int sequence,
        bool isReasoning = false) => Message(to, sequence, json =>
    {
        Head(json, answerId, "chat.completion.chunk", created, model);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        json.WriteString(isReasoning ? "reasoning_content" : "content", text);
        json.WriteEndObject();
        json.WriteNull("finish_reason");
        json.WriteEndObject();
        json.WriteEndArray();
    });

    public static OutboundMessage Final(ReplyAddress to, AnswerFacts facts) => Message(to, null, json =>
    {
        Head(json, facts.AnswerId, "chat.completion", facts.Created, facts.Model);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", facts.Text);
        if (facts.Reasoning is not null) json.WriteString("reasoning_content", facts.Reasoning);
        json.WriteEndObject();
        json.WriteString("finish_reason", facts.FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", facts.PromptTokens);
        json.WriteNumber("completion_tokens", facts.Tokens);
        json.WriteNumber("total_tokens", facts.PromptTokens + facts.Tokens);
        json.WriteEndObject();
        json.WriteStartObject("agent");
        Optional(json, "request_id", to.RequestId);
        json.WriteString("answer_id", facts.AnswerId);
        json.WriteString("source", facts.Source);
        json.WriteString("level", facts.Level);
        if (facts.Release is { } release) json.WriteNumber("release", release);
        json.WriteString("model", facts.Model);
        Optional(json, "cached_age_s", facts.CachedAgeSeconds);
        Optional(json, "score", facts.Score);
        if (facts.CacheId is not null) json.WriteString("cache_id", facts.CacheId);
        if (facts.IsDegraded) json.WriteBoolean("degraded", true);
        Optional(json, "ttft_ms", facts.TtftMilliseconds);
        json.WriteNumber("total_ms", Math.Round(facts.TotalMilliseconds, 2));
        if (facts.Joules is { } joules) json.WriteNumber("energy_j", Math.Round(joules, 2));
        json.WriteNumber("tokens", facts.Tokens);
        json.WriteStartObject("desensitized");
        foreach (var (type, count) in facts.Desensitized) json.WriteNumber(type, count);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static OutboundMessage Error(ReplyAddress to, QueryError error) => Message(to, null, json =>
    {
        json.WriteStartObject("error");
        json.WriteString("code", error.Code);
        json.WriteString("message", error.Message);
        if (error.RetryAfterSeconds is { } seconds) json.WriteNumber("retry_after_s", seconds);
        json.WriteEndObject();
        json.WriteStartObject("agent");
        Optional(json, "request_id", to.RequestId);
        json.WriteEndObject();
    });

    private static void Head(Utf8JsonWriter json, string id, string kind, long created, string model)
    {
        json.WriteString("id", id);
        json.WriteString("object", kind);
        json.WriteNumber("created", created);
        json.WriteString("model", model);
    }

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null) json.WriteNull(name);
        else json.WriteString(name, value);
    }

    private static void Optional(Utf8JsonWriter json, string name, double? value)
    {
        if (value is null) json.WriteNull(name);
        else json.WriteNumber(name, Math.Round(value.Value, 2));
    }

    /// <summary>Pieces are sent once, at most; what ends a query is sent at least once.</summary>
    private static OutboundMessage Message(ReplyAddress to, int? sequence, Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(stream, Relaxed))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return new OutboundMessage(to.Topic, stream.GetBuffer().AsMemory(0, (int)stream.Length))
        {
            AtLeastOnce = sequence is null,
            Sequence = sequence,
            ContentType = Json,
            Correlation = to.Correlation,
        };
    }
}
