namespace EdgeAgent.Inference.Structured.Schemas;

/// <summary>
/// The formats of JSON Schema that are held, as patterns of the whole text. Each is narrower than its standard: every text it allows is
/// of the format.
/// </summary>
internal static class StringFormats
{
    private const string Date = @"[1-9]\d{3}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)"
        + @"|02-(0[1-9]|1\d|2[0-8]))";

    private const string Time = @"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-3]):[0-5]\d)";

    private const string Byte = @"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";

    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?";

    private static readonly SortedDictionary<string, string> Patterns = new(StringComparer.Ordinal)
    {
        ["date"] = Date, // RFC 3339; 29 February is left out
        ["time"] = Time,
        ["date-time"] = $"{Date}T{Time}",
        ["uuid"] = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", // RFC 9562
        ["ipv4"] = $@"{Byte}(\.{Byte}){{3}}",
        ["hostname"] = $@"{Label}(\.{Label}){{0,5}}", // RFC 1123
        ["email"] = $@"[A-Za-z0-9]+([._+-][A-Za-z0-9]+){{0,8}}@({Label}\.){{1,4}}[A-Za-z]{{2,10}}", // RFC 5321, without quoted names
        ["uri"] = $@"https?://{Label}(\.{Label}){{0,5}}(:[1-9]\d{{0,3}})?(/[A-Za-z0-9._~-]*)*", // RFC 3986, web addresses
    };

    public static string Names => string.Join(", ", Patterns.Keys);

    /// <summary>Null where the format is not held.</summary>
    public static string? Pattern(string format) => Patterns.GetValueOrDefault(format);
}
