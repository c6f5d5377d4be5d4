using System.Text.Json.Nodes;

namespace EdgeAgent.Mqtt;

/// <summary>A reply as a terminal sees it: a streamed piece, or what ends the query.</summary>
internal sealed record TerminalReply(JsonNode Body, int? Sequence)
{
    public bool IsPiece => Body["object"]?.GetValue<string>() == "chat.completion.chunk";
    public bool IsError => Body["error"] is not null;

    /// <summary>The piece's or the whole answer's text; null for an error.</summary>
    public string? Text => Body["choices"]?[0]?[IsPiece ? "delta" : "message"]?["content"]?.GetValue<string>();
}
