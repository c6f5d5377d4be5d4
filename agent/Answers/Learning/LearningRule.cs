using System.Text.RegularExpressions;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Learning;

/// <summary>Decides which answers may be kept for the next one who asks the same (<c>Lexicons/learning.txt</c>). Pure.</summary>
internal static class LearningRule
{
    /// <summary>Characters of a question and of an answer that is kept.</summary>
    private const int MaxQuestion = 1000, MaxAnswer = 16_000;

    /// <summary>Digits from which a number may be somebody's: a telephone number, an order, an account.</summary>
    private const int IdentifyingDigits = 7;

    private static readonly LexiconFile File = Lexicon.Read("learning.txt");

    /// <summary>Words after which tomorrow's answer is another one.</summary>
    private static readonly Regex PassingTime = new(
        $"{Any("passing-time-han")}|(^|[^a-z])({Any("passing-time")})($|[^a-z])",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>Why an answer is not kept; null where it may be.</summary>
    public static string? Refusal(Candidate candidate)
    {
        if (!candidate.IsComplete) return "incomplete or degraded";
        if (!candidate.IsPlain) return "not one plain question";
        if (!candidate.Question.IsClean || !candidate.Answer.IsClean) return "personal";
        if (string.IsNullOrWhiteSpace(candidate.Answer.Text)) return "empty";
        if (candidate.Question.Text.Length > MaxQuestion || candidate.Answer.Text.Length > MaxAnswer) return "too long";
        if (QuestionText.Of(candidate.Question.Text).Tokens.Count == 0) return "no words";
        if (IsIdentifying(candidate.Question.Text) || IsIdentifying(candidate.Answer.Text)) return "identifying";
        return PassingTime.IsMatch(candidate.Question.Text) ? "depends on the time" : null;
    }

    /// <summary>Whether a text holds a long number or an at sign, which no recognizer knows and which may identify somebody.</summary>
    internal static bool IsIdentifying(string text)
    {
        var digits = 0;
        foreach (var c in text)
        {
            if (c == '@') return true;
            digits = char.IsDigit(c) ? digits + 1 : c is ' ' or '-' or '.' ? digits : 0;
            if (digits >= IdentifyingDigits) return true;
        }
        return false;
    }

    private static string Any(string section) => string.Join('|', File.Words(section).Select(Regex.Escape));
}
