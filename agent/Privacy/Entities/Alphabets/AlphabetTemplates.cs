namespace EdgeAgent.Privacy.Entities.Alphabets;

/// <summary>Feature templates of a word in English and other alphabets.</summary>
internal static class AlphabetTemplates
{
    /// <summary>Words before and behind that count.</summary>
    public const int Window = 2;

    /// <summary>Letters of the prefixes and suffixes that count.</summary>
    public const int MaxAffix = 4;

    /// <summary>The table of all templates below.</summary>
    public static readonly FeatureTable Table = new();

    /// <summary>Words, shapes and classes from two before to two behind.</summary>
    public static readonly FeatureTemplate Word = Table.Add(101, 2 * Window + 1), Shape = Table.Add(111, 2 * Window + 1),
        Classes = Table.Add(121, 2 * Window + 1);

    /// <summary>Pairs of words.</summary>
    public static readonly FeatureTemplate WordBefore = Table.Add(130), WordBehind = Table.Add(131), WordsAround = Table.Add(132),
        TwoBefore = Table.Add(133), TwoBehind = Table.Add(134);

    /// <summary>Shapes and classes together.</summary>
    public static readonly FeatureTemplate ShapesAround = Table.Add(135), ClassesBefore = Table.Add(136), ClassesBehind = Table.Add(137),
        ClassesAround = Table.Add(138), ClassesAndShapes = Table.Add(139), WordBeforeAndClasses = Table.Add(140),
        WordBehindAndClasses = Table.Add(141);

    /// <summary>The first and the last letters, one to four.</summary>
    public static readonly FeatureTemplate Prefix = Table.Add(151, MaxAffix), Suffix = Table.Add(161, MaxAffix);

    /// <summary>Each class of the word by its shape.</summary>
    public static readonly FeatureTemplate ClassAndShape = Table.Add(170, AlphabetLexicon.Classes);

    /// <summary>How the sentence is written: without capitals, with some, or with most words in capitals.</summary>
    public static readonly FeatureTemplate Case = Table.Add(190);
}
