namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>Feature templates of a span of characters in a Chinese sentence, judged as one entity.</summary>
internal static class SpanTemplates
{
    /// <summary>The table of all templates below.</summary>
    public static readonly FeatureTable Table = new();

    /// <summary>
    /// Size, kinds of characters, lexicon classes and the cut into words (alignment: whether the span begins and ends with words).
    /// </summary>
    public static readonly FeatureTemplate Kinds = Table.Add(201), Classes = Table.Add(202), ClassesAndCut = Table.Add(203),
        Cut = Table.Add(204);

    /// <summary>Characters around the span.</summary>
    public static readonly FeatureTemplate Neighbours = Table.Add(205), Left = Table.Add(206), Right = Table.Add(207),
        TwoLeft = Table.Add(208), TwoRight = Table.Add(209);

    /// <summary>The span's own characters.</summary>
    public static readonly FeatureTemplate Text = Table.Add(210), Last = Table.Add(211), LastTwo = Table.Add(212),
        LastAndItsWord = Table.Add(213), First = Table.Add(214), FirstAndLast = Table.Add(215);

    /// <summary>Odds as a native name, and as characters that write a foreign name by sound.</summary>
    public static readonly FeatureTemplate Native = Table.Add(216), Sound = Table.Add(217), SoundAndKinds = Table.Add(218);

    /// <summary>Kinds of characters with a neighbour.</summary>
    public static readonly FeatureTemplate KindsAndRight = Table.Add(219), KindsAndLeft = Table.Add(220);

    /// <summary>Words around the span.</summary>
    public static readonly FeatureTemplate LeftWordAndIsName = Table.Add(221), RightWordAndIsName = Table.Add(222),
        NeighbourWords = Table.Add(223), NeighbourTags = Table.Add(224);

    /// <summary>Odds as a name, words and characters across the span's ends.</summary>
    public static readonly FeatureTemplate NameAndLeft = Table.Add(225), NameAndRight = Table.Add(226), LeftWord = Table.Add(227),
        RightWord = Table.Add(228), LastAndRight = Table.Add(229), LeftAndFirst = Table.Add(230);

    /// <summary>The words inside the span, where they are few.</summary>
    public static readonly FeatureTemplate Tags = Table.Add(231), TagsAndLeft = Table.Add(232), TagsAndRight = Table.Add(233);

    /// <summary>Whether the last character is rather a surname, and the odds as a name as a whole.</summary>
    public static readonly FeatureTemplate EndsInSurname = Table.Add(234), Name = Table.Add(235);

    /// <summary>A span that is all in Latin letters: its words.</summary>
    public static readonly FeatureTemplate LatinTags = Table.Add(240), LatinTagsAndLeft = Table.Add(241),
        LatinTagsAndRight = Table.Add(242), FirstAndLastLatin = Table.Add(243), LatinEnding = Table.Add(244),
        LastLatinWord = Table.Add(245), SharedLatinClasses = Table.Add(246), LatinNeighbours = Table.Add(247);
}
