namespace EdgeAgent.Privacy.Entities.Alphabets;

/// <summary>What an entry of the lexicon for alphabets says, by class bits; entries are in lower case.</summary>
public static class AlphabetLexicon
{
    /// <summary>
    /// Class bits: first name, last name, city, country or region, end of a company's name, word of street names, common word, title.
    /// </summary>
    public const byte First = 1, Last = 2, City = 4, Region = 8, Company = 16, Street = 32, Common = 64, Title = 128;

    /// <summary>Number of class bits.</summary>
    internal const int Classes = 8;

    /// <summary>Longest entry, in words.</summary>
    internal const int MaxPhrase = 4;
}
