namespace EdgeAgent.Knowledge.Grounding;

/// <summary>Where a statement of an answer stands.</summary>
/// <param name="Number">As the answer marks it, from 1.</param>
/// <param name="Text">The quoted lines.</param>
/// <param name="Start">Their place in the document's text, characters.</param>
internal sealed record Citation(int Number, SourceDocument Document, Passage Passage, string Text, int Start, double Score)
{
    public int End => Start + Text.Length;

    /// <summary>[1] Lathe manual, p. 47, 6.3 Torques.</summary>
    public string Line(bool isChinese)
    {
        var page = Passage.Page is { } p ? isChinese ? $"，第 {p} 页" : $", p. {p}" : "";
        var section = Passage.Section.Length > 0
            ? $"{(isChinese ? "，" : ", ")}{Passage.Section.Split(Passage.SectionSeparator)[^1]}" : "";
        return $"[{Number}] {Document.Title}{page}{section}";
    }
}

/// <summary>An answer from documents, or that they do not say.</summary>
/// <param name="Citations">What it rests on; empty for a refusal.</param>
/// <param name="Nearest">Of a refusal: the nearest sections, which it does not rest on.</param>
internal sealed record GroundedAnswer(string Text, IReadOnlyList<Citation> Citations, IReadOnlyList<Citation> Nearest)
{
    public bool IsRefusal => Citations.Count == 0;
}
