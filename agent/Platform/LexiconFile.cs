using System.Reflection;
using System.Text;

namespace EdgeAgent.Platform;

/// <summary>
/// A word list that a linguist can review: UTF-8 text embedded in an assembly. <c>[name]</c> begins a section, <c>#</c> a comment (at
/// the start of a line or after a blank), and every other line is one entry or one group. A group is words between commas; <c>|</c>
/// separates the sides of a group, such as opposites. A word that stands twice in a section is an error. Immutable.
/// </summary>
public sealed class LexiconFile
{
    private readonly Dictionary<string, List<Line>> _sections;

    private LexiconFile(string name, Dictionary<string, List<Line>> sections) => (Name, _sections) = (name, sections);

    private readonly record struct Line(int Number, string Text);

    /// <summary>Path of the file below <c>agent/</c>, as error messages give it.</summary>
    public string Name { get; }

    /// <summary>Names of the sections, in the file's order.</summary>
    public IReadOnlyCollection<string> Sections => _sections.Keys;

    /// <summary>Reads an embedded resource.</summary>
    /// <param name="name">The resource's logical name: the file's path below <c>agent/</c>.</param>
    /// <exception cref="InvalidDataException">The resource is missing or malformed; the message names file, line and reason.</exception>
    public static LexiconFile Embedded(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)
            ?? throw new InvalidDataException($"{name}: not embedded in {assembly.GetName().Name}");
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return Parse(name, reader.ReadToEnd());
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{name}: not UTF-8", e);
        }
    }

    /// <param name="name">The name that error messages give.</param>
    /// <exception cref="InvalidDataException">The text is malformed; the message names file, line and reason.</exception>
    public static LexiconFile Parse(string name, string text)
    {
        var sections = new Dictionary<string, List<Line>>(StringComparer.Ordinal);
        List<Line>? section = null;
        var number = 0;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            number++;
            var line = WithoutComment(raw).Trim().ToString();
            if (line.Length == 0) continue;
            if (line[0] == '[')
            {
                if (line[^1] != ']' || line.Length < 3) throw Malformed(name, number, $"expected [section], found '{line}'");
                if (!sections.TryAdd(line[1..^1], section = [])) throw Malformed(name, number, $"section {line} stands here twice");
                continue;
            }
            if (section is null) throw Malformed(name, number, $"'{line}' stands before the first [section]");
            section.Add(new Line(number, line));
        }
        return new LexiconFile(name, sections);
    }

    /// <summary>A section's lines, each one entry as it stands; the same line twice is an error.</summary>
    /// <exception cref="InvalidDataException">No such section, or an entry twice.</exception>
    public IReadOnlyList<string> Entries(string section)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. Lines(section).Select(line => Once(seen, line, line.Text))];
    }

    /// <summary>A section's lines, each one group of words.</summary>
    /// <exception cref="InvalidDataException">No such section, an empty word, or a word twice.</exception>
    public IReadOnlyList<string[]> Groups(string section) =>
        [.. Sides(section).Select(sides => sides.SelectMany(words => words).ToArray())];

    /// <summary>A section's lines, each one group of sides, each side its words.</summary>
    /// <exception cref="InvalidDataException">No such section, an empty word, or a word twice.</exception>
    public IReadOnlyList<string[][]> Sides(string section)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. Lines(section).Select(line => line.Text.Split('|').Select(side =>
            side.Split(',', StringSplitOptions.TrimEntries).Select(word => Once(seen, line, word)).ToArray()).ToArray())];
    }

    /// <summary>All words of a section, whatever their group.</summary>
    /// <exception cref="InvalidDataException">No such section, an empty word, or a word twice.</exception>
    public HashSet<string> Words(string section) => Groups(section).SelectMany(words => words).ToHashSet(StringComparer.Ordinal);

    /// <summary>All words of a section, each a single character.</summary>
    /// <exception cref="InvalidDataException">No such section, a longer or empty word, or a character twice.</exception>
    public HashSet<char> Characters(string section)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. from line in Lines(section)
            from word in line.Text.Split(',', StringSplitOptions.TrimEntries)
            select Once(seen, line, word).Length == 1 ? word[0]
                : throw Malformed(Name, line.Number, $"expected a single character, found '{word}'")];
    }

    private List<Line> Lines(string section) => _sections.GetValueOrDefault(section)
        ?? throw new InvalidDataException($"{Name}: expected a section [{section}], found {string.Join(", ", _sections.Keys)}");

    private string Once(Dictionary<string, int> seen, Line line, string word)
    {
        if (word.Length == 0) throw Malformed(Name, line.Number, "a word is empty");
        if (!seen.TryAdd(word, line.Number)) throw Malformed(Name, line.Number, $"'{word}' already stands in line {seen[word]}");
        return word;
    }

    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> line)
    {
        for (var i = 0; i < line.Length; i++)
            if (line[i] == '#' && (i == 0 || char.IsWhiteSpace(line[i - 1]))) return line[..i];
        return line;
    }

    private static InvalidDataException Malformed(string name, int line, string reason) => new($"{name}, line {line}: {reason}");
}
