using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Queries;

/// <summary>
/// A query's payload, read as far as every transport needs it: plain text, a JSON object, or an error. Bounded by bytes and by JSON
/// depth. A byte order mark is skipped. Dispose it after the query was read from it.
/// </summary>
internal sealed class QueryPayload : IDisposable
{
    private const int MaxDepth = 64; // a schema takes two levels for each level of its values
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly JsonDocument? _document;

    private QueryPayload(string? text, JsonDocument? document, QueryError? error) =>
        (PlainText, _document, Error) = (text, document, error);

    /// <summary>The whole payload, where it is plain text.</summary>
    public string? PlainText { get; }

    /// <summary>Why it can be read as neither; null where it can.</summary>
    public QueryError? Error { get; }

    /// <summary>The JSON object; null where the payload is none.</summary>
    public JsonElement? Json => _document?.RootElement;

    /// <param name="contentType">MIME type; null or empty decides by the first character.</param>
    public static QueryPayload Read(ReadOnlyMemory<byte> payload, string? contentType, QueryOptions options)
    {
        if (payload.Length > options.MaxPayloadBytes)
            return Fail(ErrorCodes.TooLong, $"the payload has {payload.Length} bytes; at most {options.MaxPayloadBytes} are accepted");
        payload = payload[^TextFile.WithoutMark(payload.Span).Length..];
        string text;
        try
        {
            text = Strict.GetString(payload.Span);
        }
        catch (DecoderFallbackException)
        {
            return Fail(ErrorCodes.InvalidRequest,
                "the payload is not valid UTF-8; another encoding, such as GBK or UTF-16, is not accepted");
        }
        if (TextFile.Problem(text) is { } problem) return Fail(ErrorCodes.InvalidRequest, $"the payload must be {problem}");
        if (IsPlainText(contentType, text)) return new QueryPayload(text, null, null);
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = MaxDepth });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return new QueryPayload(null, document, null);
            var found = document.RootElement.ValueKind;
            document.Dispose();
            return Fail(ErrorCodes.InvalidRequest, $"the payload must be a JSON object, found {found}");
        }
        catch (JsonException e)
        {
            document?.Dispose();
            return Fail(ErrorCodes.InvalidRequest,
                $"the payload is not JSON of at most {MaxDepth} levels (line {e.LineNumber + 1}, byte {e.BytePositionInLine})");
        }
    }

    /// <summary>An optional text field of the JSON object, for a transport that carries its address there.</summary>
    /// <returns>Null where the field is missing, null or no text; the error says what is wrong with it.</returns>
    public string? Text(string name, out QueryError? error)
    {
        error = null;
        if (Json is not { } root) return null;
        try
        {
            return Fields.Text(root, name);
        }
        catch (Exception e) when (QueryParser.ErrorOf(e) is { } problem)
        {
            error = problem;
            return null;
        }
    }

    /// <summary>Without a content type: what begins like a JSON object, or is a JSON array, is no question.</summary>
    private static bool IsPlainText(string? contentType, string text)
    {
        if (contentType is { Length: > 0 }) return contentType.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase);
        var start = text.AsSpan().TrimStart();
        return !start.StartsWith("{") && !(start.StartsWith("[") && IsJson(text));
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var _ = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static QueryPayload Fail(string code, string message) => new(null, null, new QueryError(code, message));

    public void Dispose() => _document?.Dispose();
}
