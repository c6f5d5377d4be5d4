using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>The context words of the built-in recognizers, from Lexicons/context-words.txt.</summary>
internal static class ContextWords
{
    /// <summary>The file, with one section a recognizer or group of them.</summary>
    public static readonly LexiconFile File = LexiconFile.Embedded(typeof(ContextWords).Assembly, "Privacy/Lexicons/context-words.txt");

    /// <exception cref="InvalidDataException">The file has no such section.</exception>
    public static IReadOnlyList<string> Of(string section) => File.Entries(section);
}
