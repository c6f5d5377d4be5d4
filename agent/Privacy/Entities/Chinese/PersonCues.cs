using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// Tells whether the words around a text speak for a person: 联系人 X, X 师傅, X 请假, Mr. X. The lists are in Lexicons/persons-zh.txt. Pure.
/// </summary>
internal static class PersonCues
{
    private const int MaxWord = 12;

    private static readonly LexiconFile Lists = LexiconFile.Embedded(typeof(PersonCues).Assembly, "Privacy/Lexicons/persons-zh.txt");
    private static readonly WordSet Introductions = new(Lists.Words("introductions")), Titles = new(Lists.Words("titles")),
        TitlesBefore = new(Lists.Words("titles en")), Deeds = new(Lists.Words("what persons do"));

    /// <summary>Whether a word that introduces a name stands before a position, with a colon or blanks between or none.</summary>
    public static bool Introduce(string text, int start)
    {
        var end = start;
        while (end > 0 && start - end < 3 && text[end - 1] is ' ' or ':' or '：' or '.') end--;
        return Introductions.LongestBefore(text, end, MaxWord) > 0 || TitlesBefore.LongestBefore(text, end, MaxWord) > 0;
    }

    /// <summary>Whether a title stands behind a position.</summary>
    public static bool Address(string text, int end) => Titles.LongestAt(text, end) > 0;

    /// <summary>Whether what only persons do stands behind a position.</summary>
    public static bool Act(string text, int end) => Deeds.LongestAt(text, end) > 0;
}
