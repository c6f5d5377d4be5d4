namespace EdgeAgent.Knowledge.Reading;

/// <summary>What a piece of a document is.</summary>
internal enum BlockKind
{
    /// <summary>A heading; <see cref="Block.Level"/> says how deep.</summary>
    Heading,

    /// <summary>A paragraph, a list item, a caption.</summary>
    Text,

    /// <summary>A row of a table, its cells with their headings.</summary>
    Row,
}

/// <summary>A piece of a document as its reader found it, in reading order.</summary>
/// <param name="Page">From 1; null where the format has no pages.</param>
internal sealed record Block(BlockKind Kind, string Text, int? Page)
{
    /// <summary>Depth of a heading, from 1.</summary>
    public int Level { get; init; }

    /// <summary>What a row of an alarm list or parts list is looked up by, such as its code; null for others.</summary>
    public string? Key { get; init; }
}

/// <summary>What could not be read, for the person who handed the file in.</summary>
/// <param name="Page">From 1; null where it concerns the whole document.</param>
internal sealed record ReadingProblem(int? Page, string Problem);

/// <summary>A document's text as a reader found it.</summary>
/// <param name="Title">The title that the document gives itself; null without one.</param>
/// <param name="Pages">Number of pages; 0 where the format has none.</param>
internal sealed record DocumentText(string? Title, int Pages, IReadOnlyList<Block> Blocks, IReadOnlyList<ReadingProblem> Problems);
