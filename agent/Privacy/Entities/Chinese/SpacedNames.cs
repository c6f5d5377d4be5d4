namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// Finds Chinese names whose characters stand apart, as in forms and tables (联系人 王 小 明, 姓名:张 伟): two to four single characters
/// between blanks, the first of which is a surname, beside a word that speaks for a person.
/// </summary>
internal sealed class SpacedNames(Lexicon lexicon) : IRecognizer
{
    /// <summary>Above the score from which the entity model does not see the text.</summary>
    private const double Score = 0.8;

    private const int MinCharacters = 2, MaxCharacters = 4, MaxBlanks = 4;

    public string Name => "names-spaced-zh";

    public IReadOnlyList<string> Cues => [];

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        for (var blank = s.IndexOf(' ', StringComparison.Ordinal); blank >= 0; blank = s.IndexOf(' ', blank + 1))
        {
            var start = blank - 1;
            if (start < 0 || !IsSurname(s, start)) continue;
            var (end, count) = Run(s, start);
            if (count is < MinCharacters or > MaxCharacters || !HasCue(s, start, end)) continue;
            findings.Add(new Finding(text.Start(start), text.End(end), EntityTypes.Person, Score, Name, Validated: false));
            blank = end - 1;
        }
    }

    /// <summary>Where the run of single characters ends, and how many they are.</summary>
    private static (int End, int Count) Run(string s, int start)
    {
        var (end, count) = (start + 1, 1);
        while (count <= MaxCharacters)
        {
            var next = Next(s, end);
            if (next == end || next >= s.Length || !ChineseSentence.IsHan(s[next])) break;
            // a word behind the name is none of its characters, unless what persons do follows at once (王 小 明请假)
            if (next + 1 < s.Length && ChineseSentence.IsHan(s[next + 1]) && !IsFollowed(s, next + 1)) break;
            (end, count) = (next + 1, count + 1);
            if (end < s.Length && s[end] != ' ') break;
        }
        return (end, count);
    }

    private static int Next(string s, int at)
    {
        var next = at;
        while (next < s.Length && next - at < MaxBlanks && s[next] == ' ') next++;
        return next;
    }

    private bool IsSurname(string s, int at) =>
        ChineseSentence.IsHan(s[at]) && (lexicon.Classes(s.AsSpan(at, 1)) & ChineseLexicon.Surname) != 0;

    private static bool HasCue(string s, int start, int end) =>
        PersonCues.Introduce(s, start) || IsFree(s, start) && IsFollowed(s, Next(s, end));

    private static bool IsFollowed(string s, int end) => PersonCues.Address(s, end) || PersonCues.Act(s, end);

    private static bool IsFree(string s, int start) => start == 0 || !char.IsLetterOrDigit(s[start - 1]);
}
