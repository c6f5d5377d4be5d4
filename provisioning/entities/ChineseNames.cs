namespace EntityLab;

/// <summary>Names from lists, of which sentences are made up.</summary>
/// <param name="Surnames">Common ones.</param>
/// <param name="Given">Given names.</param>
/// <param name="Japanese">Surnames and given names.</param>
/// <param name="Strangers">Foreign names in Chinese characters, of two to five.</param>
/// <param name="ForeignCities">In Chinese characters.</param>
/// <param name="Divisions">Provinces, cities and districts.</param>
internal sealed record ChineseNames(IReadOnlyList<string> Surnames, IReadOnlyList<string> Given,
    (IReadOnlyList<string> Last, IReadOnlyList<string> First) Japanese, IReadOnlyList<string> Strangers,
    IReadOnlyList<string> ForeignCities, IReadOnlyList<string> Divisions)
{
    /// <summary>The last characters of divisions (city, province, county, district), which names of streets and companies omit.</summary>
    private static readonly char[] DivisionEnds = ['市', '省', '县', '区'];

    /// <summary>A division without its last character.</summary>
    public string ShortDivision(Draw draw) => draw.Pick(Divisions).TrimEnd(DivisionEnds);
}
