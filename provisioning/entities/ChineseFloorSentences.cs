namespace EntityLab;

/// <summary>Sentences of a factory floor in Chinese.</summary>
internal static class ChineseFloorSentences
{
    /// <summary>One name in so many is on no list; has a surname of two characters; has a given name that is a word of its own.</summary>
    private const int Unlisted = 6, Compound = 12, PlainGiven = 8;

    /// <summary>One thing in so many is a surname with what begins like a form of address.</summary>
    private const int BehindSurname = 12;

    private const string HexDigits = "0123456789abcdef", CodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ", CodeEnds = "0123456789abcdefghkmnpz";

    private static readonly IReadOnlyList<string> Patterns = Lists.Entries(Lists.FloorChinese, "patterns"),
        Roles = Lists.Entries(Lists.FloorChinese, "roles"), Parted = Lists.Entries(Lists.FloorChinese, "behind a surname"),
        CompoundSurnames = Lists.Entries(Lists.NamesChinese, "compound surnames"),
        PlainNames = Lists.Entries(Lists.NamesChinese, "given names that are words"),
        Organizations = Lists.Entries(Lists.NamesChinese, "organisations"), Trades = Lists.Entries(Lists.NamesChinese, "trades"),
        OrganizationEnds = Lists.Entries(Lists.NamesChinese, "organisation endings"),
        StreetEnds = Lists.Entries(Lists.NamesChinese, "street endings");

    private static readonly char[] BrandCharacters = [.. string.Concat(Lists.Entries(Lists.NamesChinese, "brand characters"))];

    /// <summary>Things of the floor.</summary>
    public static readonly IReadOnlyList<string> Things = Lists.Entries(Lists.FloorChinese, "things");

    public static IEnumerable<Sentence> Write(Draw draw, ChineseNames names, int count)
    {
        for (var i = 0; i < count; i++)
            yield return Sentence.Fill(draw.Pick(Patterns), kind => kind switch
            {
                'P' => (Person(draw, names), Sentence.Person),
                'T' => (draw.OneIn(BehindSurname) ? draw.Pick(names.Surnames) + draw.Pick(Parted) : draw.Pick(Things), Sentence.Plain),
                'R' => (draw.Pick(Roles), Sentence.Plain),
                'A' => (Address(draw, names), Sentence.Place),
                'K' => (draw.AlarmCode(), Sentence.Plain),
                'D' => (draw.Number(draw.Next(4, 19)), Sentence.Plain),
                'W' => (Code(draw), Sentence.Plain),
                'X' => (string.Join(draw.OneIn(2) ? ':' : '.', Enumerable.Range(0, 6).Select(_ => draw.Run(HexDigits, 2))),
                    Sentence.Plain),
                'L' => (draw.OneIn(3) ? draw.Pick(names.Divisions) + draw.Pick(names.Divisions) : draw.Pick(names.Divisions),
                    Sentence.Place),
                _ => (Organization(draw, names), Sentence.Organization),
            }, _ => draw.OneIn(2) ? draw.Pick(["。", "?", "？", "!"]) : "");
    }

    private static string Person(Draw draw, ChineseNames names) =>
        (draw.OneIn(Compound) ? draw.Pick(CompoundSurnames) : draw.Pick(names.Surnames))
        + (draw.OneIn(PlainGiven) ? draw.Pick(PlainNames)
            : draw.OneIn(Unlisted) ? $"{draw.Pick(names.Given)[0]}{draw.Pick(names.Given)[^1]}" : draw.Pick(names.Given));

    private static string Brand(Draw draw) => $"{draw.Pick(BrandCharacters)}{draw.Pick(BrandCharacters)}";

    private static string Address(Draw draw, ChineseNames names)
    {
        var place = draw.Pick(names.Divisions) + (draw.OneIn(2) ? draw.Pick(names.Divisions) : "");
        var street = (draw.OneIn(2) ? names.ShortDivision(draw) : Brand(draw)) + draw.Pick(StreetEnds);
        if (draw.OneIn(5)) return place + street;
        var house = $"{draw.Next(1, 2000)}号";
        return place + street + house
            + (draw.OneIn(4) ? $"{draw.Next(1, 30)}号楼{draw.Next(1, 9)}0{draw.Next(1, 9)}室" : "");
    }

    /// <summary>Letters and digits with a part behind a hyphen or without one.</summary>
    private static string Code(Draw draw)
    {
        var code = draw.Run(CodeLetters, draw.Next(0, 4)) + draw.Number(draw.Next(2, 9));
        return draw.OneIn(2) ? code : $"{code}-{draw.Run(CodeEnds, draw.Next(2, 8))}";
    }

    private static string Organization(Draw draw, ChineseNames names) =>
        (draw.OneIn(2) ? names.ShortDivision(draw) : "") + (draw.OneIn(2) ? draw.Pick(Organizations) : Brand(draw))
        + (draw.OneIn(2) ? draw.Pick(Trades) : "") + draw.Pick(OrganizationEnds);
}
