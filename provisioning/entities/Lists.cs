using EdgeAgent.Platform;

namespace EntityLab;

/// <summary>The word lists and patterns of lists/, in their order.</summary>
internal static class Lists
{
    /// <summary>Names of the files.</summary>
    public const string FloorChinese = "floor-zh.txt", NamesChinese = "names-zh.txt", Chronicles = "chronicles-zh.txt",
        Mixed = "mixed-zh.txt", FloorEnglish = "floor-en.txt", NamesEnglish = "names-en.txt", Countries = "countries-en.txt";

    private static readonly Dictionary<string, LexiconFile> Files = new(StringComparer.Ordinal);
    private static readonly Lock Gate = new();

    /// <summary>The entries of a section; \n in an entry is a line's end.</summary>
    /// <exception cref="InvalidDataException">
    /// The file or section is missing or malformed; the message names file, line and reason.
    /// </exception>
    public static IReadOnlyList<string> Entries(string file, string section)
    {
        lock (Gate)
        {
            if (!Files.TryGetValue(file, out var lists))
                Files[file] = lists = LexiconFile.Embedded(typeof(Lists).Assembly, $"lists/{file}");
            return [.. lists.Entries(section).Select(e => e.Replace("\\n", "\n", StringComparison.Ordinal))];
        }
    }
}
