using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeAgent.Serving;

namespace EdgeAgent.Queries;

/// <summary>
/// Writes the three kinds of reply as UTF-8 JSON: streamed piece, final answer, error. The shapes are OpenAI's chat completions with
/// an <c>agent</c> object, on every transport.
/// </summary>
internal static class ReplyWriter
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Piece(AnswerPiece piece) => Write(json =>
    {
        Head(json, piece.AnswerId, "chat.completion.chunk", piece.Created, piece.Model);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        json.WriteString(piece.IsReasoning ? "reasoning_content" : "content", piece.Text);
        json.WriteEndObject();
        json.WriteNull("finish_reason");
        json.WriteEndObject();
        json.WriteEndArray();
    });

    public static ReadOnlyMemory<byte> Terminal(QueryReply reply, string? requestId) =>
        Write(json =>
        {
            if (reply.Answer is { } answer) Final(json, answer, requestId);
            else Error(json, reply.Error!, requestId);
        });

    private static void Final(Utf8JsonWriter json, Answer answer, string? requestId)
    {
        Head(json, answer.AnswerId, "chat.completion", answer.Created, answer.Model);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        if (answer.ToolCalls.Count > 0 && answer.Text.Length == 0) json.WriteNull("content");
        else json.WriteString("content", answer.Text);
        if (answer.ToolCalls.Count > 0) ToolCalls(json, answer.ToolCalls, hasIndex: false);
        if (answer.Reasoning is not null) json.WriteString("reasoning_content", answer.Reasoning);
        json.WriteEndObject();
        if (answer.Logprobs is { } tokens) Logprobs(json, tokens);
        json.WriteString("finish_reason", answer.FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        Usage(json, answer);
        Agent(json, answer, requestId);
    }

    /// <summary>The property <c>usage</c>.</summary>
    public static void Usage(Utf8JsonWriter json, Answer answer)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", answer.PromptTokens);
        json.WriteNumber("completion_tokens", answer.Tokens);
        json.WriteNumber("total_tokens", answer.PromptTokens + answer.Tokens);
        json.WriteEndObject();
    }

    /// <summary>The property <c>tool_calls</c>.</summary>
    /// <param name="hasIndex">Whether each says its place, as those of streamed answers do.</param>
    public static void ToolCalls(Utf8JsonWriter json, IReadOnlyList<ToolCall> calls, bool hasIndex)
    {
        json.WriteStartArray("tool_calls");
        for (var i = 0; i < calls.Count; i++)
        {
            var call = calls[i];
            json.WriteStartObject();
            if (hasIndex) json.WriteNumber("index", i);
            json.WriteString("id", call.Id);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Name);
            json.WriteString("arguments", call.Arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The property <c>logprobs</c> of a choice.</summary>
    public static void Logprobs(Utf8JsonWriter json, IReadOnlyList<TokenProbability> tokens)
    {
        json.WriteStartObject("logprobs");
        Tokens(json, "content", tokens, hasTop: true);
        json.WriteEndObject();
    }

    private static void Tokens(Utf8JsonWriter json, string name, IReadOnlyList<TokenProbability> tokens, bool hasTop)
    {
        json.WriteStartArray(name);
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            json.WriteString("token", Encoding.UTF8.GetString(token.Bytes.Span));
            json.WriteNumber("logprob", Math.Round(Math.Max(token.Logprob, -9999), 6)); // -9999: no probability at all, as OpenAI writes it
            json.WriteStartArray("bytes");
            foreach (var value in token.Bytes.Span) json.WriteNumberValue(value);
            json.WriteEndArray();
            if (hasTop) Tokens(json, "top_logprobs", token.Top, hasTop: false);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The property <c>agent</c>.</summary>
    public static void Agent(Utf8JsonWriter json, Answer answer, string? requestId)
    {
        json.WriteStartObject("agent");
        Optional(json, "request_id", requestId);
        json.WriteString("answer_id", answer.AnswerId);
        json.WriteString("source", answer.Source);
        json.WriteString("level", answer.Level);
        if (answer.Release is { } release) json.WriteNumber("release", release);
        json.WriteString("model", answer.Model);
        Optional(json, "cached_age_s", answer.CachedAgeSeconds);
        Optional(json, "score", answer.Score);
        if (answer.CacheId is not null) json.WriteString("cache_id", answer.CacheId);
        if (answer.IsDegraded) json.WriteBoolean("degraded", true);
        if (answer.Grounds is { } grounds) CitationWriter.Write(json, grounds, answer.Library);
        Optional(json, "ttft_ms", answer.TtftMilliseconds);
        json.WriteNumber("total_ms", Math.Round(answer.TotalMilliseconds, 2));
        if (answer.Joules is { } joules) json.WriteNumber("energy_j", Math.Round(joules, 2));
        json.WriteNumber("tokens", answer.Tokens);
        json.WriteStartObject("desensitized");
        foreach (var (type, count) in answer.Desensitized) json.WriteNumber(type, count);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Error(Utf8JsonWriter json, QueryError error, string? requestId)
    {
        json.WriteStartObject("error");
        json.WriteString("code", error.Code);
        json.WriteString("message", error.Message);
        if (error.RetryAfterSeconds is { } seconds) json.WriteNumber("retry_after_s", seconds);
        json.WriteEndObject();
        json.WriteStartObject("agent");
        Optional(json, "request_id", requestId);
        json.WriteEndObject();
    }

    /// <summary>The first properties of every chunk and completion.</summary>
    public static void Head(Utf8JsonWriter json, string id, string kind, long created, string model)
    {
        json.WriteString("id", id);
        json.WriteString("object", kind);
        json.WriteNumber("created", created);
        json.WriteString("model", model);
    }

    public static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null) json.WriteNull(name);
        else json.WriteString(name, value);
    }

    private static void Optional(Utf8JsonWriter json, string name, double? value)
    {
        if (value is null) json.WriteNull(name);
        else json.WriteNumber(name, Math.Round(value.Value, 2));
    }

    /// <summary>An object of JSON.</summary>
    /// <param name="write">Writes its properties.</param>
    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(stream, Relaxed))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return stream.GetBuffer().AsMemory(0, (int)stream.Length);
    }
}
