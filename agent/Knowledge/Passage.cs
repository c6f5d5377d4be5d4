namespace EdgeAgent.Knowledge;

/// <summary>A piece of a document that is found, quoted and cited as one. Immutable.</summary>
/// <param name="Text">As it stands in the document, lines of a paragraph joined.</param>
/// <param name="Page">From 1; null where the format has no pages.</param>
/// <param name="Section">Headings above it, from the outermost to its own, between " > "; empty without any.</param>
/// <param name="Start">Its first character's place in the document's text.</param>
/// <param name="Key">What it is looked up by, where it is a row of an alarm list or parts list.</param>
/// <param name="IsTable">Whether each of its lines is a row of a table.</param>
internal sealed record Passage(string Text, int? Page, string Section, int Start, string? Key = null, bool IsTable = false)
{
    /// <summary>Between the headings of a section's path.</summary>
    public const string SectionSeparator = " > ";
}
