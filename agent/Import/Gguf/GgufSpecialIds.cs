using EdgeAgent.Platform;

namespace EdgeAgent.Import.Gguf;

/// <summary>The ids of special tokens that a GGUF file names; each must be a token of its vocabulary.</summary>
internal static class GgufSpecialIds
{
    /// <summary>The id under tokenizer.ggml.NAME_token_id; null when the file has none.</summary>
    /// <exception cref="ModelFileException">The id is no token of the vocabulary.</exception>
    public static int? Read(GgufFile file, string name, int vocabulary)
    {
        var key = $"tokenizer.ggml.{name}_token_id";
        var id = Id(file, key, vocabulary, out var wrong);
        return wrong is null ? id
            : throw new ModelFileException(file.Path, $"{key} in 0..{vocabulary - 1}, the tokens of the vocabulary", wrong);
    }

    /// <summary>The id, or null where it is no token of the vocabulary: for tokens that answers do without.</summary>
    /// <param name="notes">Gets what is not used.</param>
    public static int? Find(GgufFile file, string name, int vocabulary, List<string> notes)
    {
        var key = $"tokenizer.ggml.{name}_token_id";
        var id = Id(file, key, vocabulary, out var wrong);
        if (wrong is not null) notes.Add($"{key} is not used: {wrong} is no token of the vocabulary");
        return id;
    }

    /// <param name="wrong">What stands there in the place of a token's id; null where nothing does.</param>
    private static int? Id(GgufFile file, string key, int vocabulary, out string? wrong)
    {
        wrong = null;
        if (!file.Metadata.TryGetValue(key, out var value)) return null;
        if (value is long id && id >= 0 && id < vocabulary) return (int)id;
        wrong = value is long n ? $"{n}" : "another kind of value";
        return null;
    }

    /// <summary>Ids that end an answer: of the text, of a turn, of a message.</summary>
    /// <exception cref="ModelFileException">None is named, or one is no token of the vocabulary.</exception>
    public static IReadOnlyList<int> EndTokens(GgufFile file, int vocabulary)
    {
        int[] ids = [.. new[] { "eos", "eot", "eom" }.Select(name => Read(file, name, vocabulary)).OfType<int>().Distinct()];
        return ids.Length > 0 ? ids : throw new ModelFileException(file.Path, "tokenizer.ggml.eos_token_id", "none");
    }
}
