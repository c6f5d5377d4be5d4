using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference;

/// <summary>
/// The chat templates of a tokenizer_config.json: one text, or a list of named ones, of which <c>default</c> is for conversations
/// (Hugging Face tokenizers).
/// </summary>
/// <param name="Default">Null when the file has none.</param>
/// <param name="Others">Names of the templates that are not used.</param>
internal sealed record NamedTemplates(string? Default, IReadOnlyList<string> Others)
{
    private const string DefaultName = "default";

    /// <summary>What an import says of a model without any.</summary>
    public const string NoneNote = "there is no chat template: the student gets the plain text of the messages, without roles";

    /// <summary>What an import says of those it does not use.</summary>
    public static string OthersNote(IEnumerable<string> names) => $"chat templates that are not used: {string.Join(", ", names)}";

    /// <exception cref="ModelFileException">Malformed, or named templates without a default.</exception>
    public static NamedTemplates Read(string directory)
    {
        var path = Path.Combine(directory, Bundle.TokenizerConfigFileName);
        using var document = Configuration(directory);
        if (document is null || !document.RootElement.TryGetProperty("chat_template", out var template)) return new(null, []);
        switch (template.ValueKind)
        {
            case JsonValueKind.Null:
                return new(null, []);
            case JsonValueKind.String:
                return new(template.GetString(), []);
            case JsonValueKind.Array when template.GetArrayLength() == 0:
                return new(null, []);
            case JsonValueKind.Array:
                return Of(path, [.. template.EnumerateArray().Select(e => (Text(path, e, "name"), Text(path, e, "template")))]);
            default:
                throw new ModelFileException(path, "a chat_template that is a text or a list of named ones", $"{template.ValueKind}");
        }
    }

    /// <summary>tokenizer_config.json, or null when there is none. The caller disposes it.</summary>
    /// <exception cref="ModelFileException">It is no JSON object.</exception>
    public static JsonDocument? Configuration(string directory)
    {
        var path = Path.Combine(directory, Bundle.TokenizerConfigFileName);
        if (!File.Exists(path)) return null;
        var document = ModelFile.ReadJson(path, maxDepth: 32);
        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        var found = document.RootElement.ValueKind.ToString();
        document.Dispose();
        throw new ModelFileException(path, "a JSON object", found);
    }

    /// <summary>Chooses among named templates.</summary>
    /// <exception cref="ModelFileException">None is called default.</exception>
    public static NamedTemplates Of(string path, IReadOnlyList<(string Name, string Text)> named)
    {
        var names = named.Select(n => n.Name).ToList();
        var chosen = names.IndexOf(DefaultName);
        if (chosen < 0 && named.Count == 1) chosen = 0;
        if (chosen < 0) throw new ModelFileException(path, "a chat template named 'default'", $"{string.Join(", ", names)}");
        return new(named[chosen].Text, [.. names.Where((_, i) => i != chosen)]);
    }

    private static string Text(string path, JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw new ModelFileException(path, $"a chat_template list of entries with a text '{name}'", "another entry");
}
