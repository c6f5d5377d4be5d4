namespace EntityLab;

/// <summary>Sentences in the manner of reference books in Chinese.</summary>
internal static class ChronicleSentences
{
    /// <summary>One foreign name in so many is on no list: the beginning of one and the end of another.</summary>
    private const int Unlisted = 6;

    /// <summary>Temple names that also stand without a dynasty.</summary>
    private const int LoneTemples = 7;

    private static readonly IReadOnlyList<string> Patterns = Lists.Entries(Lists.Chronicles, "patterns"),
        Behind = Lists.Entries(Lists.Chronicles, "titles behind a name"), Before = Lists.Entries(Lists.Chronicles, "offices before a name"),
        Dynasties = Lists.Entries(Lists.Chronicles, "dynasties"), Temples = Lists.Entries(Lists.Chronicles, "temple names"),
        Reigns = Lists.Entries(Lists.Chronicles, "reigns"),
        ForeignEnds = Lists.Entries(Lists.NamesChinese, "foreign organisation endings"),
        OrganizationEnds = Lists.Entries(Lists.NamesChinese, "organisation endings");

    public static IEnumerable<Sentence> Write(Draw draw, ChineseNames names, int count)
    {
        for (var i = 0; i < count; i++)
            yield return Sentence.Fill(draw.Pick(Patterns), kind => kind switch
            {
                'N' => (draw.Pick(names.Surnames) + draw.Pick(names.Given), Sentence.Person),
                'G' => (draw.Pick(names.Given), Sentence.Person),
                'J' => (draw.Pick(names.Japanese.Last) + draw.Pick(names.Japanese.First), Sentence.Person),
                'F' => (Stranger(draw, names), Sentence.Person),
                'D' => (Stranger(draw, names) + "·" + (draw.OneIn(4) ? Stranger(draw, names) + "·" : "") + Stranger(draw, names),
                    Sentence.Person),
                'E' => (Ruler(draw), Sentence.Person),
                'X' => (draw.Pick(Behind), Sentence.Plain),
                'Y' => (draw.Pick(Before), Sentence.Plain),
                'B' => (draw.Pick(names.Strangers), Sentence.Plain),
                'Z' => (draw.Pick(["North", "San", "Old", "Fort"]) + draw.Pick(["field", "ton", "Marie", "Bridge"]), Sentence.Place),
                'T' => (draw.Pick(ChineseFloorSentences.Things), Sentence.Plain),
                'L' => (draw.OneIn(2) ? draw.Pick(names.ForeignCities) : draw.Pick(names.Divisions), Sentence.Place),
                _ => (draw.OneIn(2)
                    ? draw.Pick(names.ForeignCities) + draw.Pick(ForeignEnds)
                    : names.ShortDivision(draw) + draw.Pick(OrganizationEnds), Sentence.Organization),
            }, _ => "");
    }

    private static string Stranger(Draw draw, ChineseNames names) =>
        draw.OneIn(Unlisted) ? draw.Pick(names.Strangers)[..2] + draw.Pick(names.Strangers)[^1] : draw.Pick(names.Strangers);

    private static string Ruler(Draw draw) => draw.Next(4) switch
    {
        0 => draw.Pick(Reigns),
        1 => Temples[draw.Next(LoneTemples)],
        _ => draw.Pick(Dynasties) + draw.Pick(Temples),
    };
}
