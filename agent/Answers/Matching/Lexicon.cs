using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Matching;

/// <summary>The word lists of this slice, <c>agent/Answers/Lexicons/*.txt</c>.</summary>
internal static class Lexicon
{
    /// <exception cref="InvalidDataException">The list is missing or malformed; the message names file, line and reason.</exception>
    public static LexiconFile Read(string file) => LexiconFile.Embedded(typeof(Lexicon).Assembly, $"Answers/Lexicons/{file}");
}
