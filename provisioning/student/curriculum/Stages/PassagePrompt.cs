using System.Text;

namespace EdgeAgent.Lab;

/// <summary>A passage as a prompt names it.</summary>
internal sealed record PromptPassage(string Title, int? Page, string Section, string Text);

/// <summary>
/// The prompt with numbered passages, in the words of the device (agent/Knowledge/Grounding/Grounder.cs); a test compares them.
/// </summary>
internal static class PassagePrompt
{
    public static readonly string[] NoAnswer = ["The manuals do not say.", "手册中没有说明。"];

    public static string Write(string question, IReadOnlyList<PromptPassage> passages, int language)
    {
        var isChinese = language == 1;
        var prompt = new StringBuilder(isChinese
            ? $"只根据下面编号的段落回答问题，简短，并在句末标注段落编号，如 [1]。段落没有答案时只回答：{NoAnswer[1]}\n\n"
            : "Answer the question from the numbered passages only. Be brief, and mark each sentence with its passage, like [1]. "
                + $"If they hold no answer, say only: {NoAnswer[0]}\n\n");
        for (var i = 0; i < passages.Count; i++)
        {
            var (title, page, section, text) = passages[i];
            prompt.Append('[').Append(i + 1).Append("] ").Append(title);
            if (page is { } p) prompt.Append(isChinese ? $"，第 {p} 页" : $", p. {p}");
            if (section.Length > 0) prompt.Append(isChinese ? "，" : ", ").Append(section);
            prompt.Append('\n').Append(text).Append("\n\n");
        }
        return prompt.Append(isChinese ? "问题：" : "Question: ").Append(question).ToString();
    }
}
