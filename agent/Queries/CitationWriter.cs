using System.Text.Json;
using EdgeAgent.Knowledge.Grounding;

namespace EdgeAgent.Queries;

/// <summary>Writes what an answer rests on into a reply's <c>agent</c> object.</summary>
internal static class CitationWriter
{
    public static void Write(Utf8JsonWriter json, GroundedAnswer grounds, string? library)
    {
        if (library is not null) json.WriteString("library", library);
        Write(json, "citations", grounds.Citations, hasQuote: true);
        if (grounds.IsRefusal) Write(json, "nearest", grounds.Nearest, hasQuote: false);
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<Citation> citations, bool hasQuote)
    {
        json.WriteStartArray(name);
        foreach (var citation in citations)
        {
            json.WriteStartObject();
            if (hasQuote) json.WriteNumber("number", citation.Number);
            json.WriteString("document", citation.Document.Id);
            json.WriteString("title", citation.Document.Title);
            json.WriteString("version", citation.Document.Version);
            if (citation.Passage.Page is { } page) json.WriteNumber("page", page);
            else json.WriteNull("page");
            json.WriteString("section", citation.Passage.Section);
            if (hasQuote)
            {
                json.WriteString("text", citation.Text);
                json.WriteNumber("start", citation.Start);
                json.WriteNumber("end", citation.End);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
