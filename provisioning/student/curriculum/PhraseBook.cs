using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Platform;

namespace EdgeAgent.Lab;

/// <summary>Sentences of a corpus file, by kind, part and language. Immutable.</summary>
internal sealed class PhraseBook(JsonNode root)
{
    public static PhraseBook Read(string file) => new(JsonNode.Parse(TextFile.ReadAllText(file))!);

    public JsonNode this[string name] => root[name]!;

    public string[] Of(string kind, Part part, int language) => Of(kind, part == Part.Train ? "train" : "held_out", language);

    public string[] Of(string kind, string list, int language) => root[kind]![list]![Corpus.Languages[language]]!.Deserialize<string[]>()!;
}
