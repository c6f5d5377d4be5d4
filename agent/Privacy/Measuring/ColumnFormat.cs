namespace EdgeAgent.Privacy.Measuring;

/// <summary>What stands between two tokens of a sentence.</summary>
public enum TokenSpacing
{
    /// <summary>Nothing: Chinese.</summary>
    None,

    /// <summary>A blank where a Latin letter stands on either side, else nothing.</summary>
    BetweenLatin,

    /// <summary>A blank.</summary>
    Everywhere,
}

/// <summary>How labelled sentences are written in columns: one token a line, an empty line behind each sentence.</summary>
/// <param name="TokenColumn">Column of the token, from 0 on.</param>
/// <param name="TagColumn">Column of its IOB1 or IOB2 tag: O, B-TYPE or I-TYPE.</param>
/// <param name="Separator">Stands between columns.</param>
/// <param name="Spacing">What stands between two tokens of the text.</param>
/// <param name="HasComments">Whether lines that begin with "# " are comments.</param>
public sealed record ColumnFormat(int TokenColumn, int TagColumn, char Separator, TokenSpacing Spacing, bool HasComments)
{
    /// <summary>Universal NER: number, token and IOB2 tag between tabs, with comments.</summary>
    public static ColumnFormat Iob2(TokenSpacing spacing) => new(1, 2, '\t', spacing, HasComments: true);

    /// <summary>CoNLL 2003 and its kin: token and tag.</summary>
    public static ColumnFormat Conll(char separator) => new(0, 1, separator, TokenSpacing.Everywhere, HasComments: false);
}
