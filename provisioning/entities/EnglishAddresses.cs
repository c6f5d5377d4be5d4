namespace EntityLab;

/// <summary>Addresses of many countries.</summary>
internal sealed class EnglishAddresses(Draw draw, AlphabetWords words)
{
    /// <summary>One address in so many is military.</summary>
    private const int MilitaryShare = 12;

    private const int PostcodeDigits = 5;

    /// <summary>A blank within an entry, where the list's reader would trim it.</summary>
    private const char Blank = '_';

    private static readonly IReadOnlyList<string> StreetEnds =
        [.. Lists.Entries(Lists.NamesEnglish, "street endings").Select(e => e.Replace(Blank, ' '))],
        StreetStarts = Lists.Entries(Lists.NamesEnglish, "street beginnings"),
        Ships = Lists.Entries(Lists.NamesEnglish, "ships and posts");

    public string Street() => draw.Next(6) switch
    {
        0 => $"{draw.Pick(words.Last)} {draw.Pick(words.Streets)}",
        1 => $"{draw.Pick(words.Streets)} {draw.Pick(words.Last)}",
        2 => $"{draw.Pick(words.Cities)}{(draw.OneIn(2) ? "" : " " + draw.Pick(words.Streets))}",
        3 => draw.Pick(words.Last) + draw.Pick(StreetEnds),
        4 => draw.Pick(words.Cities) + draw.Pick(StreetEnds),
        _ => $"{draw.Pick(StreetStarts)} {(draw.OneIn(2) ? draw.Pick(words.First) + " " : "")}{draw.Pick(words.Last)}",
    };

    public string Address()
    {
        var gap = draw.Next(3) switch { 0 => "\n", 1 => ", ", _ => " " };
        if (draw.OneIn(MilitaryShare)) return Military();
        var house = draw.Number(1 + draw.Next(3));
        var parts = new List<string>
        {
            draw.Next(3) switch
            {
                0 => $"{house} {Street()}",
                1 => $"{Street()} {house}",
                _ => $"{house} {Street()} {draw.Number(1 + draw.Next(3))}",
            },
        };
        if (draw.OneIn(2)) parts.Add(Unit());
        if (!draw.OneIn(5)) parts.Add(draw.OneIn(4) ? draw.Pick(words.Cities).ToUpperInvariant() : draw.Pick(words.Cities));
        if (draw.OneIn(2))
            parts.Add(draw.OneIn(2) ? $"{draw.Pick(AlphabetWords.Countries)} {draw.Number(PostcodeDigits)}"
                : draw.Pick(AlphabetWords.Countries));
        else if (draw.OneIn(2)) parts.Add(draw.Number(PostcodeDigits));
        return string.Join(gap, parts);
    }

    private string Unit() => draw.Next(5) switch
    {
        0 => $"Apt. {draw.Number(3)}",
        1 => $"Suite {draw.Number(3)}",
        2 => $"Unit {draw.Number(2)}",
        3 => $"P.O. Box {draw.Number(3)}",
        _ => $"Floor {draw.Number(1)}",
    };

    private string Military()
    {
        var unit = draw.OneIn(2) ? $"Unit {draw.Number(4)} Box {draw.Number(4)}" : $"{draw.Pick(Ships)} {draw.Pick(words.Last)}";
        var gap = draw.OneIn(2) ? "\n" : ", ";
        return $"{unit}{gap}{draw.Pick(["APO", "FPO", "DPO"])} {draw.Pick(["AA", "AE", "AP"])} {draw.Number(PostcodeDigits)}";
    }
}
