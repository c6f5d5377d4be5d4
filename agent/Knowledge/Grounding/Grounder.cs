using System.Text;
using EdgeAgent.Knowledge.Index;

namespace EdgeAgent.Knowledge.Grounding;

/// <summary>
/// Words answers from passages: as a quotation, as the prompt of a student and the check of what it wrote, or as the refusal where no
/// passage answers. In the question's language, Chinese or English. Pure.
/// </summary>
internal static class Grounder
{
    private const int MaxNearest = 3;

    /// <summary>Share of terms that two quotations have together, from which on they speak of the same.</summary>
    private const double SameSubject = 0.6;

    private const string NoAnswer = "The manuals do not say.", NoAnswerHan = "手册中没有说明。",
        NotLoaded = "The manuals cannot be read at present.", NotLoadedHan = "手册目前无法读取。";

    /// <summary>The answer without a student: quotations, or the refusal.</summary>
    public static GroundedAnswer Extract(string question, Evidence evidence, KnowledgeOptions options)
    {
        if (evidence.Answers.Count == 0) return Refuse(question, evidence, options);
        var citations = Cite(question, evidence.Answers);
        var isChinese = IsChinese(question);
        var text = new StringBuilder();
        if (Difference(citations, isChinese) is { } difference) text.AppendLine(difference);
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

    private static List<Citation> Whole(IReadOnlyList<FoundPassage> found) =>
        [.. found.Select((f, i) => new Citation(i + 1, f.Document, f.Passage, f.Passage.Text, f.Passage.Start, f.Score))];

    /// <summary>Says that documents give different figures for the same subject; null where none do.</summary>
    private static string? Difference(List<Citation> citations, bool isChinese)
    {
        for (var a = 0; a < citations.Count; a++)
            for (var b = a + 1; b < citations.Count; b++)
            {
                if (citations[a].Document.Id == citations[b].Document.Id) continue;
                HashSet<string> one = [.. Terms.OfPassage(citations[a].Text)], other = [.. Terms.OfPassage(citations[b].Text)];
                var (mine, theirs) = (Only(citations[a], citations[b]), Only(citations[b], citations[a]));
                if (mine.Count == 0 || theirs.Count == 0 || !SpeakOfTheSame(one, other)) continue;
                var (x, y) = (citations[a], citations[b]);
                return isChinese
                    ? $"文档说法不一：[{x.Number}] {string.Join("、", mine)}，[{y.Number}] {string.Join("、", theirs)}。"
                    : $"The documents differ: [{x.Number}] says {string.Join(", ", mine)}, [{y.Number}] says {string.Join(", ", theirs)}.";
            }
        return null;
    }

    /// <summary>Whether the shorter of two texts has its codes, and most of its words, in the longer one.</summary>
    private static bool SpeakOfTheSame(HashSet<string> one, HashSet<string> other)
    {
        var (less, more) = one.Count <= other.Count ? (one, other) : (other, one);
        var words = less.Where(IsWord).ToList();
        return less.Where(t => t[0] == Terms.CodeMark).All(more.Contains) && words.Count(more.Contains) >= SameSubject * words.Count;
    }

    /// <summary>Figures that one quotation has and the other has otherwise: with the same unit, another number.</summary>
    private static List<string> Only(Citation one, Citation other)
    {
        var (mine, theirs) = (Figures.Of(Figures.Normalize(one.Text)), Figures.Of(Figures.Normalize(other.Text)));
        var units = theirs.Except(mine).Select(f => f.Unit).Where(u => u.Length > 0).ToHashSet(StringComparer.Ordinal);
        return [.. mine.Except(theirs).Where(f => units.Contains(f.Unit)).Select(f => f.ToString())];
    }

    private static bool IsWord(string term) => term[0] is not Terms.FigureMark && !term.AsSpan().ContainsAnyInRange('0', '9');

    private static void AppendSources(StringBuilder text, IReadOnlyList<Citation> citations, bool isChinese)
    {
        foreach (var citation in citations.DistinctBy(c => c.Number)) text.Append('\n').Append(citation.Line(isChinese));
    }

    private static bool IsChinese(string text) => text.AsSpan().ContainsAnyInRange('\u4e00', '\u9fff');
}
