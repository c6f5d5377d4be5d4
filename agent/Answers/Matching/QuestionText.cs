using System.Text;
using System.Text.RegularExpressions;
using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// A question as the cache compares it: NFKC, lower case, without punctuation, Chinese numerals as digits; and what in it must never
/// differ between a question and the one it is answered by. What an exact match does not need is read when it is asked for first.
/// Immutable; safe for concurrent use.
/// </summary>
internal sealed partial class QuestionText
{
    private readonly string _text, _normal;
    private CriticalTerms? _critical;
    private string? _content;
    private QuestionRoles? _roles;

    private QuestionText(string text, string normal)
    {
        (_text, _normal, Tokens) = (text, normal, QuestionTokenizer.Tokenize(normal));
        Key = string.Join(' ', Tokens);
    }

    /// <summary>Equal for questions that are the same but for case, width, punctuation and spelling of numbers.</summary>
    public string Key { get; }

    /// <summary>Words, numbers, signs and single Han characters, in order.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Numbers, identifiers, units, negations, directions and opposites: in agreement, or it is another question.</summary>
    public CriticalTerms Critical => _critical ??= CriticalTerms.Of(_normal, Tokens, LoneCapital().Match(_text).Value);

    /// <summary>
    /// What is asked about: equal for questions that are the same but for greetings, question words, inflection and which half
    /// comes first. See <see cref="QuestionContent"/>.
    /// </summary>
    public string Content => _content ??= QuestionContent.Of(_normal);

    /// <summary>Who does what to whom: see <see cref="QuestionRoles"/>.</summary>
    public QuestionRoles Roles => _roles ??= QuestionRoles.Read(_normal);

    public static QuestionText Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new QuestionText(text, Normalize(text));
    }

    /// <summary>A text in the spelling that word lists are compared with.</summary>
    internal static string Normalize(string text) => ChineseNumerals.ToDigits(UnicodeNormalizer
        .Normalize(Powers().Replace(text, "^$0"), NormalizationForm.FormKC).ToLowerInvariant().Replace('’', '\''));

    /// <summary>A as a name (door A), not as an article: the lists know the other letters.</summary>
    [GeneratedRegex("(?<=[a-z0-9] )A(?![A-Za-z0-9'’])", RegexOptions.CultureInvariant)]
    private static partial Regex LoneCapital();

    /// <summary>Exponents, which NFKC would make part of the number: 10² is not 102.</summary>
    [GeneratedRegex("(?<=[0-9])[⁰¹²³⁴-⁹]", RegexOptions.CultureInvariant)]
    private static partial Regex Powers();
}
