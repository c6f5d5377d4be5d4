using EdgeAgent.Inference;
using EdgeAgent.Inference.ChatTemplates;

namespace EdgeAgent.Import.Calibration;

/// <summary>What a chat template writes around questions and answers, as token ids.</summary>
/// <param name="Opening">Before the first question; not empty.</param>
/// <param name="BeforeAnswer">Between a question and its answer; not empty.</param>
/// <param name="BeforeNextQuestion">
/// Between an answer and the next question; a template that renders one question alone begins again with the opening.
/// </param>
internal sealed record TurnText(int[] Opening, int[] BeforeAnswer, int[] BeforeNextQuestion)
{
    private const string Question = "questionzq", Answer = "answerzq", Next = "nextzq"; // stand for what is said

    /// <summary>Null where the template writes nothing around a question, or refuses one.</summary>
    public static TurnText? Of(StudentText text, IReadOnlyDictionary<string, object?> variables)
    {
        try
        {
            var first = text.Template.Render([new ChatTurn("user", Question)], addGenerationPrompt: true, variables);
            var at = first.LastIndexOf(Question, StringComparison.Ordinal);
            if (at < 0) return null;
            int[] opening = Encode(first[..at]), beforeAnswer = Encode(first[(at + Question.Length)..]);
            if (opening.Length == 0 || beforeAnswer.Length == 0) return null;
            if (text.Tokenizer.Encode("", addSpecial: true) is { Length: > 0 } prefix && !opening.AsSpan().StartsWith(prefix))
                opening = [.. prefix, .. opening];
            return new TurnText(opening, beforeAnswer, Between() ?? opening);
        }
        catch (TemplateException)
        {
            return null;
        }

        int[] Encode(string part) => text.Tokenizer.Encode(part, addSpecial: false);

        int[]? Between()
        {
            ChatTurn[] turns = [new("user", Question), new("assistant", Answer), new("user", Next)];
            var whole = text.Template.Render(turns, addGenerationPrompt: false, variables);
            var answer = whole.LastIndexOf(Answer, StringComparison.Ordinal);
            if (answer < 0) return null;
            var next = whole.IndexOf(Next, answer + Answer.Length, StringComparison.Ordinal);
            var ids = next < 0 ? [] : Encode(whole[(answer + Answer.Length)..next]);
            return ids.Length > 0 ? ids : null;
        }
    }
}
