using System.Text;

namespace EdgeAgent.Knowledge.Grounding;

/// <summary>
/// Words answers from passages: as a quotation, as the prompt of a student and the check of what it wrote, or as the refusal where no
/// passage answers. In the question's language, Chinese or English. Pure.
/// </summary>
internal static class Grounder
{
    private const int MaxNearest = 3;

    private const string NoAnswer = "The manuals do not say.", NoAnswerHan = "手册中没有说明。",
        NotLoaded = "The manuals cannot be read at present.", NotLoadedHan = "手册目前无法读取。";

    /// <summary>The answer without a student: quotations, or the refusal.</summary>
    public static GroundedAnswer Extract(string question, Evidence evidence, KnowledgeOptions options)
    {
        if (evidence.Answers.Count == 0) return Refuse(question, evidence, options);
        var citations = NewestFirst(Cite(question, evidence.Answers));
        var isChinese = IsChinese(question);
        var text = new StringBuilder();
        if (Contradiction.Find(citations) is { } contradiction) text.AppendLine(contradiction.Line(isChinese));
        foreach (var citation in citations) text.Append(citation.Text).Append(" [").Append(citation.Number).AppendLine("]");
        AppendSources(text, citations, isChinese);
        return new GroundedAnswer(text.ToString(), citations, []);
    }

    /// <summary>
    /// What a student is asked: instructions, numbered passages, the question. What stays the same stands first, for the prefix cache.
    /// </summary>
    public static string Prompt(string question, Evidence evidence, KnowledgeOptions options)
    {
        var isChinese = IsChinese(question);
        var prompt = new StringBuilder(isChinese
            ? $"只根据下面编号的段落回答问题，简短，并在句末标注段落编号，如 [1]。段落没有答案时只回答：{NoAnswerHan}\n\n"
            : "Answer the question from the numbered passages only. Be brief, and mark each sentence with its passage, like [1]. "
                + $"If they hold no answer, say only: {NoAnswer}\n\n");
        var left = options.PromptCharacters;
        foreach (var citation in Whole(evidence.Answers))
        {
            var text = citation.Text.Length <= left ? citation.Text : citation.Text[..left];
            prompt.Append(citation.Line(isChinese)).Append('\n').Append(text).Append("\n\n");
            if ((left -= text.Length) <= 0) break;
        }
        return prompt.Append(isChinese ? "问题：" : "Question: ").Append(question).ToString();
    }

    /// <summary>
    /// The student's answer with its sources where each figure stands in a passage it cites (in any, where it cites none); null where one
    /// does not, or nothing was written: then the quotation is served.
    /// </summary>
    public static GroundedAnswer? Check(string question, string written, Evidence evidence, KnowledgeOptions options)
    {
        var text = written.Trim();
        if (text.Length == 0) return null;
        if (text.Contains(NoAnswer, StringComparison.OrdinalIgnoreCase)
            || text.Contains(NoAnswerHan.TrimEnd('。'), StringComparison.Ordinal))
            return Refuse(question, evidence, options);
        var passages = Whole(evidence.Answers);
        var numbers = FigureCheck.Cited(text);
        if (numbers.Any(n => n < 1 || n > passages.Count)) return null;
        var cited = numbers.Count > 0 ? numbers.Select(n => passages[n - 1]).ToList() : passages;
        if (FigureCheck.Unsupported(text, cited.Select(c => $"{c.Passage.Section}\n{c.Text}")).Count > 0) return null;
        var answer = new StringBuilder(text).AppendLine();
        AppendSources(answer, cited, IsChinese(question));
        return new GroundedAnswer(answer.ToString(), cited, []);
    }

    private static GroundedAnswer Refuse(string question, Evidence evidence, KnowledgeOptions options)
    {
        var isChinese = IsChinese(question);
        var nearest = Whole([.. evidence.Nearest.DistinctBy(f => (f.Document.Id, f.Passage.Page, f.Passage.Section))
            .Take(MaxNearest)]);
        var (said, saidHan) = evidence == Evidence.Unavailable ? (NotLoaded, NotLoadedHan) : (NoAnswer, NoAnswerHan);
        var text = new StringBuilder(isChinese ? saidHan : said);
        if (options.Contact.Length > 0) text.Append(isChinese ? $"请联系：{options.Contact}。" : $" Please ask: {options.Contact}.");
        if (nearest.Count > 0) text.Append(isChinese ? "\n最接近的章节：" : "\nThe nearest sections:");
        foreach (var near in nearest) text.Append('\n').Append(near.Line(isChinese));
        return new GroundedAnswer(text.ToString(), [], nearest);
    }

    private static List<Citation> Cite(string question, IReadOnlyList<FoundPassage> answers)
    {
        var citations = new List<Citation>();
        foreach (var found in answers)
        {
            var (start, end) = Quotation.Of(found.Passage, question);
            var text = found.Passage.Text[start..end];
            if (citations.Exists(c => c.Text == text)) continue; // the same lines in another document
            citations.Add(new Citation(citations.Count + 1, found.Document, found.Passage, text, found.Passage.Start + start, found.Score));
        }
        return citations;
    }

    /// <summary>Of two documents that differ the newer edition comes first.</summary>
    private static List<Citation> NewestFirst(List<Citation> citations)
    {
        if (Contradiction.Find(citations) is not { Newer: { } newer } found || newer == found.One) return citations;
        citations.Remove(newer);
        citations.Insert(citations.IndexOf(found.One), newer);
        return [.. citations.Select((c, i) => c with { Number = i + 1 })];
    }

    private static List<Citation> Whole(IReadOnlyList<FoundPassage> found) =>
        [.. found.Select((f, i) => new Citation(i + 1, f.Document, f.Passage, f.Passage.Text, f.Passage.Start, f.Score))];

    private static void AppendSources(StringBuilder text, IReadOnlyList<Citation> citations, bool isChinese)
    {
        foreach (var citation in citations.DistinctBy(c => c.Number)) text.Append('\n').Append(citation.Line(isChinese));
    }

    private static bool IsChinese(string text) => text.AsSpan().ContainsAnyInRange('\u4e00', '\u9fff');
}
