namespace EntityLab;

/// <summary>Chinese sentences with words in Latin letters.</summary>
internal static class MixedSentences
{
    private static readonly IReadOnlyList<string> Patterns = Lists.Entries(Lists.Mixed, "patterns"),
        SpeciesEnds = Lists.Entries(Lists.Mixed, "species endings"), Syllables = Lists.Entries(Lists.Mixed, "syllables"),
        CompanyEnds = Lists.Entries(Lists.Mixed, "company endings");

    public static IEnumerable<Sentence> Write(Draw draw, ChineseNames names, AlphabetWords lists, int count)
    {
        for (var i = 0; i < count; i++)
            yield return Sentence.Fill(draw.Pick(Patterns), kind => kind switch
            {
                'W' => (Person(draw, lists), Sentence.Person),
                'D' => (draw.Pick(names.Strangers) + "·" + draw.Pick(names.Strangers), Sentence.Person),
                'F' => (draw.Pick(names.Strangers), Sentence.Person),
                'C' => (Latin(draw, lists.Cities), Sentence.Place),
                'L' => (draw.OneIn(2) ? draw.Pick(names.ForeignCities) : draw.Pick(names.Divisions), Sentence.Place),
                'K' => (Company(draw, lists), Sentence.Organization),
                'U' => (Join(draw, Enumerable.Range(0, draw.Next(1, 4)).Select(_ => Capital(draw.Pick(lists.Common)))), Sentence.Plain),
                'u' => (draw.Pick(lists.Common), Sentence.Plain),
                'S' => (Join(draw, draw.OneIn(3) ? [Capital(Species(draw))] : [Capital(Species(draw)), Species(draw)]), Sentence.Plain),
                'A' => (draw.Letters(draw.Next(2, 5)), Sentence.Plain),
                'T' => (draw.Pick(ChineseFloorSentences.Things), Sentence.Plain),
                _ => (draw.Pick(names.Strangers), Sentence.Plain),
            }, text => draw.OneIn(2) && text[^1] != '。' ? draw.Pick(["。", "?", "？", "!"]) : "");
    }

    /// <summary>Words stand apart, or, as often in Chinese text, together.</summary>
    private static string Join(Draw draw, params IEnumerable<string> words) => string.Join(draw.OneIn(2) ? " " : "", words);

    private static string Latin(Draw draw, IReadOnlyList<string> names)
    {
        string name;
        do name = draw.Pick(names); while (!name.All(char.IsAscii));
        return Join(draw, name.Split(' '));
    }

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private static string Species(Draw draw) =>
        string.Concat(Enumerable.Range(0, draw.Next(1, 4)).Select(_ => draw.Pick(Syllables))) + draw.Pick(SpeciesEnds);

    private static string Person(Draw draw, AlphabetWords lists) => draw.Next(4) switch
    {
        0 => Latin(draw, lists.First),
        1 => Latin(draw, lists.Last),
        _ => Join(draw, Latin(draw, lists.First), Latin(draw, lists.Last)),
    };

    private static string Company(Draw draw, AlphabetWords lists) =>
        Join(draw, draw.OneIn(2) ? Latin(draw, lists.Last) : Capital(draw.Pick(Syllables)) + draw.Pick(Syllables) + draw.Pick(Syllables),
            draw.OneIn(2) ? draw.Pick(CompanyEnds) : Latin(draw, lists.CompanyEnds));
}
