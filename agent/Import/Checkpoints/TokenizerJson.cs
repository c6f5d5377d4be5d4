using System.Text.Json;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>Writes vocabularies of other formats as Hugging Face tokenizer.json files.</summary>
internal static class TokenizerJson
{
    /// <summary>A SentencePiece BPE vocabulary with byte fallback: ids are positions in the list.</summary>
    /// <param name="added">Ids that are matched in the text as a whole, never made by merges, and whether they are special.</param>
    /// <param name="unknown">The id of what the vocabulary cannot spell.</param>
    /// <param name="bos">The id put before every text; null for none.</param>
    public static byte[] SentencePiece(IReadOnlyList<(string Piece, float Score)> pieces, IReadOnlyList<(int Id, bool Special)> added,
        int unknown, int? bos, bool prependSpace)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < pieces.Count; id++) ids.TryAdd(pieces[id].Piece, id);
        var normalizers = (prependSpace ? """{"type":"Prepend","prepend":"▁"},""" : "")
            + """{"type":"Replace","pattern":{"String":" "},"content":"▁"}""";
        return Write([.. added.Select(a => (a.Id, pieces[a.Id].Piece.Replace('▁', ' '), a.Special))],
            $$"""{"type":"Sequence","normalizers":[{{normalizers}}]}""",
            "null", bos is { } b ? pieces[b].Piece : null, json =>
        {
            json.WriteString("unk_token", pieces[unknown].Piece);
            json.WriteBoolean("byte_fallback", true);
            WriteVocabulary(json, ids);
            WriteMerges(json, Merges(pieces, ids, [.. added.Select(a => a.Id)]));
        });
    }

    /// <summary>A byte-level BPE vocabulary with its merges.</summary>
    public static byte[] ByteLevel(IReadOnlyList<string> tokens, IReadOnlyList<(int Id, bool Special)> added,
        IEnumerable<(string, string)> merges, string normalizer, string preTokenizer, bool ignoreMerges, string? bos)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < tokens.Count; id++) ids.TryAdd(tokens[id], id);
        return Write([.. added.Select(a => (a.Id, tokens[a.Id], a.Special))], normalizer, preTokenizer, bos, json =>
        {
            json.WriteNull("unk_token");
            json.WriteBoolean("byte_fallback", false);
            json.WriteBoolean("ignore_merges", ignoreMerges);
            WriteVocabulary(json, ids);
            WriteMerges(json, merges);
        });
    }

    private static byte[] Write(List<(int Id, string Content, bool Special)> added, string normalizer, string preTokenizer, string? bos,
        Action<Utf8JsonWriter> model)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("added_tokens");
            foreach (var (id, content, special) in added)
            {
                json.WriteStartObject();
                json.WriteNumber("id", id);
                json.WriteString("content", content);
                foreach (var flag in new[] { "single_word", "lstrip", "rstrip", "normalized" }) json.WriteBoolean(flag, false);
                json.WriteBoolean("special", special);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WritePropertyName("normalizer");
            json.WriteRawValue(normalizer);
            json.WritePropertyName("pre_tokenizer");
            json.WriteRawValue(preTokenizer);
            json.WritePropertyName("post_processor");
            json.WriteRawValue(bos is null
                ? "null"
                : $$"""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":{{JsonSerializer.Serialize(bos)}},"type_id":0}"""
                    + """},{"Sequence":{"id":"A","type_id":0}}]}""");
            json.WriteStartObject("model");
            json.WriteString("type", "BPE");
            model(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteVocabulary(Utf8JsonWriter json, Dictionary<string, int> ids)
    {
        json.WriteStartObject("vocab");
        foreach (var (piece, id) in ids) json.WriteNumber(piece, id);
        json.WriteEndObject();
    }

    private static void WriteMerges(Utf8JsonWriter json, IEnumerable<(string Left, string Right)> merges)
    {
        json.WriteStartArray("merges");
        foreach (var (left, right) in merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    /// <summary>
    /// Every pair of pieces that makes a piece, best score first: SentencePiece's BPE joins the pair whose result scores best. Added
    /// tokens and the pieces of bytes (&lt;0x0A&gt;) are no result of a merge.
    /// </summary>
    private static IEnumerable<(string Left, string Right)> Merges(IReadOnlyList<(string Piece, float Score)> pieces,
        Dictionary<string, int> ids, HashSet<int> added)
    {
        bool IsPart(string piece) => ids.TryGetValue(piece, out var id) && !added.Contains(id) && !IsByte(piece);
        var lengths = pieces.Select(p => p.Piece.Length).ToHashSet(); // cuts elsewhere make no pieces, and a piece may be long
        return pieces.Where((p, id) => p.Piece.Length > 1 && !added.Contains(id) && !IsByte(p.Piece))
            .OrderByDescending(p => p.Score)
            .SelectMany(p => Enumerable.Range(1, p.Piece.Length - 1)
                .Where(cut => lengths.Contains(cut) && lengths.Contains(p.Piece.Length - cut))
                .Select(cut => (Left: p.Piece[..cut], Right: p.Piece[cut..]))
                .Where(m => IsPart(m.Left) && IsPart(m.Right)));
    }

    private static bool IsByte(string piece) =>
        piece.Length == 6 && piece.StartsWith("<0x", StringComparison.Ordinal) && piece[5] == '>'
        && char.IsAsciiHexDigit(piece[3]) && char.IsAsciiHexDigit(piece[4]);
}
