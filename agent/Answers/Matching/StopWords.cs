using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Words that greet, ask and join (<c>Lexicons/stop-words.txt</c>): a question is the same with them or without them. Which question
/// word it is <see cref="CriticalTerms"/> compares.
/// </summary>
internal static class StopWords
{
    private static readonly LexiconFile File = Lexicon.Read("stop-words.txt");
    private static readonly HashSet<string> All = [.. File.Words("latin"), .. File.Words("han")];
    private static readonly HashSet<string> QuestionWords = File.Words("question-words");

    public static bool Has(string token) => All.Contains(token);

    /// <summary>
    /// The same for a word within its text: "should" is a stop word behind a question word only (how should I), 一下 is polite, 下
    /// alone means down.
    /// </summary>
    public static bool Has(IReadOnlyList<string> tokens, int i) => All.Contains(tokens[i]) || tokens[i] switch
    {
        "should" => i > 0 && QuestionWords.Contains(tokens[i - 1]),
        "下" => i > 0 && tokens[i - 1] == "一",
        "一" => i + 1 < tokens.Count && tokens[i + 1] == "下",
        _ => false,
    };
}
