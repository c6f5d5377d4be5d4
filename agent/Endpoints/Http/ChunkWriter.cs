using System.Text.Json;
using EdgeAgent.Queries;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// Writes the chunks of one streamed answer in OpenAI's order: the role, pieces, what is known at the end only (calls of tools,
/// probabilities, text that no piece has shown), the finish reason with the <c>agent</c> object, and the usage where it was asked for.
/// </summary>
/// <param name="includesUsage"><c>stream_options.include_usage</c>: every chunk has the field, the last one holds it.</param>
internal sealed class ChunkWriter(bool includesUsage)
{
    private bool _hasBegun;
    private int _shown; // characters of the answer's text in pieces so far

    /// <summary>The chunks of a piece; the role comes before the first one.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Piece(AnswerPiece piece)
    {
        var head = new ChunkHead(piece.AnswerId, piece.Created, piece.Model);
        if (!_hasBegun) yield return Role(head);
        if (!piece.IsReasoning) _shown += piece.Text.Length;
        yield return Choice(head, delta => delta.WriteString(piece.IsReasoning ? "reasoning_content" : "content", piece.Text));
    }

    /// <summary>The chunks behind the last piece.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> End(Answer answer, string? requestId)
    {
        var head = new ChunkHead(answer.AnswerId, answer.Created, answer.Model);
        if (!_hasBegun) yield return Role(head);
        // a stored answer has no pieces
        var rest = answer.Text.Length > _shown ? answer.Text[_shown..] : "";
        if (rest.Length > 0 || answer.Logprobs is not null)
            yield return Choice(head, delta => delta.WriteString("content", rest), logprobs: answer);
        if (answer.ToolCalls.Count > 0) yield return Choice(head, delta => ReplyWriter.ToolCalls(delta, answer.ToolCalls, hasIndex: true));
        yield return Choice(head, _ => { }, finish: (answer, requestId));
        if (includesUsage) yield return Usage(head, answer);
    }

    private ReadOnlyMemory<byte> Role(ChunkHead head)
    {
        _hasBegun = true;
        return Choice(head, delta =>
        {
            delta.WriteString("role", "assistant");
            delta.WriteString("content", "");
        });
    }

    private ReadOnlyMemory<byte> Choice(ChunkHead head, Action<Utf8JsonWriter> writeDelta, Answer? logprobs = null,
        (Answer Answer, string? RequestId)? finish = null) => ReplyWriter.Write(json =>
        {
            head.Write(json);
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            writeDelta(json);
            json.WriteEndObject();
            if (logprobs?.Logprobs is { } tokens) ReplyWriter.Logprobs(json, tokens);
            ReplyWriter.Optional(json, "finish_reason", finish?.Answer.FinishReason);
            json.WriteEndObject();
            json.WriteEndArray();
            if (includesUsage) json.WriteNull("usage");
            if (finish is var (answer, requestId)) ReplyWriter.Agent(json, answer, requestId);
        });

    private static ReadOnlyMemory<byte> Usage(ChunkHead head, Answer answer) => ReplyWriter.Write(json =>
    {
        head.Write(json);
        json.WriteStartArray("choices");
        json.WriteEndArray();
        ReplyWriter.Usage(json, answer);
    });

    private readonly record struct ChunkHead(string Id, long Created, string Model)
    {
        public void Write(Utf8JsonWriter json) => ReplyWriter.Head(json, Id, "chat.completion.chunk", Created, Model);
    }
}
