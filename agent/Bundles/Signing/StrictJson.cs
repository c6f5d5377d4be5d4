using System.Text.Json;

namespace EdgeAgent.Bundles.Signing;

/// <summary>
/// Parses JSON as RFC 8259 defines it: UTF-8 without a byte order mark, no duplicate names, nothing after the value. Two parsers
/// must not read two different documents.
/// </summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Parses and reads; anything malformed is a <see cref="VerificationException"/>.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> bytes, string what, Func<JsonElement, T> read)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes.Span)) throw new VerificationException($"{what} in UTF-8", "other bytes");
        try
        {
            using var document = JsonDocument.Parse(bytes, Options);
            return read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new VerificationException($"{what} as JSON of at most 32 levels without duplicate names", e.Message);
        }
        catch (InvalidOperationException e) // a lone surrogate, written as an escape, in a name
        {
            throw new VerificationException($"valid Unicode in {what}", e.Message);
        }
    }

    public static JsonElement Property(JsonElement parent, string name, JsonValueKind kind, string what) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == kind ? value
            : throw new VerificationException($"'{name}' ({kind}) in {what}",
                parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var other)
                    ? other.ValueKind.ToString() : "nothing");

    public static string Text(JsonElement parent, string name, string what) =>
        Text(Property(parent, name, JsonValueKind.String, what), what);

    public static string Text(JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.String
            ? value.GetString()! : throw new VerificationException($"a string in {what}", value.ValueKind.ToString());

    /// <summary>Base64 with padding and nothing outside the alphabet (RFC 4648, section 4).</summary>
    public static byte[] Base64(string text, string what)
    {
        if (text.Length == 0 || text.Length % 4 != 0 || text.AsSpan().TrimEnd('=').ContainsAnyExcept(Alphabet))
            throw new VerificationException($"padded base64 in {what}", text.Length == 0 ? "nothing" : "something else");
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException e)
        {
            throw new VerificationException($"padded base64 in {what}", e.Message);
        }
    }

    private static readonly System.Buffers.SearchValues<char> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}
