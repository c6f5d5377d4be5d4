using EdgeAgent.Platform;
using EdgeAgent.Privacy.Entities.Chinese;
using EdgeAgent.Privacy.Patterns;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// Tells which findings of the entity models are makers of machines or their products: Siemens and 库卡 sound like names and are
/// nobody's. A finding that begins with a maker's name is dropped; one that goes on, only where a word of the floor follows the name
/// (雷尼绍测头). A title, or a word that introduces a person, keeps it (Mr. Rittal, 联系人西门子轩), and so does what stands before
/// the name inside the finding (张博世, Robert Bosch). The lists are in Lexicons/makers.txt. Pure.
/// </summary>
internal static class MakerNames
{
    /// <summary>Characters before a finding in which a maker's name may begin.</summary>
    private const int MaxBefore = 16;

    /// <summary>Characters of a Chinese name of one surname, and of makers' names in Chinese.</summary>
    private const int MaxChineseName = 3, MaxMaker = 6;

    private static readonly LexiconFile Lists = LexiconFile.Embedded(typeof(MakerNames).Assembly, "Privacy/Lexicons/makers.txt");
    private static readonly WordSet Makers =
        new([.. Lists.Words("makers zh"), .. Lists.Words("makers en"), .. Lists.Words("product names")]);
    private static readonly WordSet Shared = new(Lists.Words("makers that are names of persons too"));
    private static readonly WordSet Products = new(Lists.Words("products"));
    private static readonly WordSet Behind =
        new([.. Lists.Words("products"), .. Lists.Words("words behind makers"), .. Lists.Words("words behind makers en")]);
    private static readonly WordSet Particles = new(Lists.Words("particles behind makers"));
    private static readonly WordSet Before = new([.. Lists.Words("words before makers"), .. Lists.Words("words before makers en")]);
    private static readonly WordSet Kept = new(Lists.Words("entities all the same"));
    private static readonly WordSet NotEntities = new(Lists.Words("not entities"));
    private static readonly HashSet<string> OrganizationEnds = Lists.Words("endings of organizations and places");

    /// <summary>Whether what a model found in a text is no entity.</summary>
    /// <param name="end">Exclusive.</param>
    /// <param name="type">Of <see cref="EntityLabels.Types"/>.</param>
    /// <param name="lexicon">Of the Chinese model: knows surnames.</param>
    public static bool IsNone(string text, int start, int end, string type, Lexicon lexicon)
    {
        var value = text.AsSpan(start, end - start);
        if (NotEntities.Contains(value) || NumberBorders.IsLabel(value)) return true;
        if (Kept.LongestAt(text, start) > 0 || PersonCues.Introduce(text, start) || PersonCues.Address(text, end)) return false;
        start = BehindWords(text, start, end);
        for (var at = start; at >= Math.Max(0, start - MaxBefore); at--)
        {
            if (Makers.LongestAt(text, at) is var maker && at + maker > start) return IsDropped(text, at + maker, end, type);
            if (Shared.LongestAt(text, at) is var shared && at + shared > start)
                return Behind.LongestAt(text, Next(text, at + shared)) > 0 && IsDropped(text, at + shared, end, type);
        }
        return type != EntityTypes.Organization && Products.LongestAt(text, Next(text, end)) > 0
            && !IsLikeAName(text[start..end], type, lexicon);
    }

    /// <summary>
    /// Whether a text is like a Chinese name rather than like sounds, like a first name and a surname, or begins with a known place.
    /// Makers that are not on the list have other forms.
    /// </summary>
    private static bool IsLikeAName(string text, string type, Lexicon lexicon)
    {
        if (!ChineseSentence.IsHan(text[0])) return type != EntityTypes.Person || text.AsSpan().ContainsAny(' ', '\'');
        if (text.Length > MaxMaker) return true;
        if (type == EntityTypes.Location)
            return Enumerable.Range(2, text.Length - 1)
                .Any(n => n <= text.Length && (lexicon.Classes(text.AsSpan(0, n)) & ChineseLexicon.Place) != 0);
        if (text.Length > MaxChineseName || (lexicon.Classes(text.AsSpan(0, 1)) & ChineseLexicon.Surname) == 0) return false;
        var odds = CharacterOdds.Of(text, lexicon);
        return text.Length < 2 || NameCues.NameScore(odds, 0, text.Length) > odds.Sum(o => o.Foreign);
    }

    /// <summary>Whether a finding is dropped that holds or touches a maker's name.</summary>
    private static bool IsDropped(string text, int nameEnd, int end, string type)
    {
        if (nameEnd >= end) return true;
        var next = Next(text, nameEnd);
        if (type != EntityTypes.Person && OrganizationEnds.Any(e => text.AsSpan(0, end).EndsWith(e, StringComparison.Ordinal)))
            return text.AsSpan(end).StartsWith("家", StringComparison.Ordinal); // 厂家
        if (Behind.LongestAt(text, next) > 0 || Makers.LongestAt(text, next) > 0) return true;
        return ChineseSentence.IsHan(text[nameEnd]) ? Particles.LongestAt(text, nameEnd) > 0
            : Before.LongestAt(text, next) > 0 || IsOneWord(text.AsSpan(next, Math.Max(0, end - next)));
    }

    /// <summary>Fanuc Alpha, 西门子S7; not a place with a house number, nor a name of several words.</summary>
    private static bool IsOneWord(ReadOnlySpan<char> rest) => rest.IndexOf(' ') < 0;

    /// <summary>Behind words that a model took for the beginning of a name: Reset Fanuc, 装马波斯.</summary>
    private static int BehindWords(string text, int start, int end)
    {
        while (Before.LongestAt(text, start) is var length && length > 0 && Next(text, start + length) is var next && next < end
            && (char.IsAsciiLetter(text[start]) || Makers.LongestAt(text, next) > 0 || Shared.LongestAt(text, next) > 0)) start = next;
        return start;
    }

    private static int Next(string text, int at) => at < text.Length && text[at] is ' ' or '-' or '_' or '的' ? at + 1 : at;
}
