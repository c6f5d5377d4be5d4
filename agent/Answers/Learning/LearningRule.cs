using System.Text.RegularExpressions;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Learning;

/// <summary>A student's answer that may be worth keeping.</summary>
/// <param name="Id">The reply's answer id: by it the answer is found again.</param>
/// <param name="Model">Digest of the student that gave it.</param>
/// <param name="IsComplete">It came to its own end, at full length, on a device that was not hot.</param>
/// <param name="IsPlain">One question alone, with no instructions, sampled greedily: the next one who asks would get the same.</param>
internal sealed record Candidate(string Id, Scrubbed Question, Scrubbed Answer, string Model, bool IsComplete, bool IsPlain);

/// <summary>Says which answers may be kept for the next one who asks the same. Pure.</summary>
internal static partial class LearningRule
{
    private const int MaxQuestion = 1000, MaxAnswer = 16_000;

    /// <summary>Why not; null where it may.</summary>
    public static string? Refusal(Candidate candidate)
    {
        if (!candidate.IsComplete) return "incomplete or degraded";
        if (!candidate.IsPlain) return "not one plain question";
        if (!candidate.Question.IsClean || !candidate.Answer.IsClean) return "personal";
        if (string.IsNullOrWhiteSpace(candidate.Answer.Text)) return "empty";
        if (candidate.Question.Text.Length > MaxQuestion || candidate.Answer.Text.Length > MaxAnswer) return "too long";
        if (QuestionText.Of(candidate.Question.Text).Tokens.Count == 0) return "no words";
        if (Identifying(candidate.Question.Text) || Identifying(candidate.Answer.Text)) return "identifying";
        return TimeWords().IsMatch(candidate.Question.Text) ? "depends on the time" : null;
    }

    /// <summary>A long number or an at sign: what it is nobody knows, so that it may be somebody's.</summary>
    private static bool Identifying(string text)
    {
        var digits = 0;
        foreach (var c in text)
        {
            if (c == '@') return true;
            digits = char.IsDigit(c) ? digits + 1 : c is ' ' or '-' or '.' ? digits : 0;
            if (digits >= LongNumber) return true;
        }
        return false;
    }

    private const int LongNumber = 7;

    /// <summary>Words after which tomorrow's answer is another one.</summary>
    [GeneratedRegex("今天|明天|昨天|今晚|昨晚|今早|现在|当前|目前|此刻|刚才|刚刚|最近|最新|本周|上周|下周|这周|本月|上月|下月|今年|去年|明年|本班|上一班|下一班|这一班|几点了|什么时间了|星期几|几号了|还剩|剩余|(^|[^a-z])(now|right now|today|tonight|tomorrow|yesterday|currently|current|at the moment|latest|recent|recently|just now|this (shift|week|month|year|morning|evening|afternoon|hour)|last (shift|week|month|year|night|hour)|next (shift|week|month|year|hour)|what time is it|so far|still|left to)($|[^a-z])", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex TimeWords();
}
