namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>Feature templates of a character in a Chinese sentence.</summary>
internal static class CharacterTemplates
{
    /// <summary>The table of all templates below.</summary>
    public static readonly FeatureTable Table = new();

    /// <summary>Characters, pairs and triples from two before to two behind, and the kinds of three characters.</summary>
    public static readonly FeatureTemplate Character = Table.Add(1, 5), Pair = Table.Add(10, 4), AroundPair = Table.Add(15),
        Triple = Table.Add(16, 3), Kinds = Table.Add(20);

    /// <summary>For each class of words, the longest word that covers the character; and all classes together.</summary>
    public static readonly FeatureTemplate Cover = Table.Add(30, WordCut.Classes), Covers = Table.Add(40),
        CoversAndCharacter = Table.Add(41);

    /// <summary>The covers of the neighbours, alone and with the character's own.</summary>
    public static readonly FeatureTemplate CoversBefore = Table.Add(45), CoversBehind = Table.Add(47),
        CoversBeforeAndHere = Table.Add(50), CoversBehindAndHere = Table.Add(52);

    /// <summary>One feature that every character has.</summary>
    public static readonly FeatureTemplate Always = Table.Add(60);

    /// <summary>The word of the cut that holds the character, and its neighbours; a tag is a word's classes and length.</summary>
    public static readonly FeatureTemplate Word = Table.Add(70), Tag = Table.Add(71), WordBefore = Table.Add(72),
        WordBehind = Table.Add(73), TagsBefore = Table.Add(74), TagsBehind = Table.Add(75), WordBeforeAndTag = Table.Add(76),
        WordBehindAndTag = Table.Add(77), TagsAround = Table.Add(78);

    /// <summary>The run of characters that write a foreign name by sound, and what stands around it.</summary>
    public static readonly FeatureTemplate Sound = Table.Add(80), CharacterBeforeSound = Table.Add(81),
        CharacterBehindSound = Table.Add(82), WordBeforeSound = Table.Add(83), WordBehindSound = Table.Add(84);

    /// <summary>The likeliest native name that covers the character, and what stands around it.</summary>
    public static readonly FeatureTemplate Name = Table.Add(90), NameAndWord = Table.Add(91), NameAndBefore = Table.Add(92),
        NameAndBehind = Table.Add(93);

    /// <summary>Odds of the character and its neighbours in native and foreign names.</summary>
    public static readonly FeatureTemplate NativeOdds = Table.Add(94), ForeignOdds = Table.Add(95), ForeignOddsBefore = Table.Add(96),
        ForeignOddsBehind = Table.Add(97), ForeignOddsAndTag = Table.Add(98);

    /// <summary>The next ending of an organisation's or a place's name.</summary>
    public static readonly FeatureTemplate NameEnd = Table.Add(100), NameEndAndTag = Table.Add(101);

    /// <summary>Words and tags two words away.</summary>
    public static readonly FeatureTemplate SecondWordBefore = Table.Add(102), SecondWordBehind = Table.Add(103),
        WordsAround = Table.Add(104), TwoTagsBefore = Table.Add(105), TwoTagsBehind = Table.Add(106);

    /// <summary>A word in Latin letters, at its first letter.</summary>
    public static readonly FeatureTemplate LatinTag = Table.Add(110), LatinTagBefore = Table.Add(111), LatinTagBehind = Table.Add(112),
        LatinEnding = Table.Add(113), LatinWord = Table.Add(114), LatinAndBefore = Table.Add(115), LatinAndBehind = Table.Add(116),
        BehindLatin = Table.Add(117);
}
