using System.Text.RegularExpressions;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Reads the roles of an English question: takes off its courtesy, cuts it into clauses at conjunctions and question words, and lets
/// <see cref="EnglishClause"/> bring each into the order agent, deed, patient. Pure.
/// </summary>
internal static partial class EnglishRoles
{
    /// <summary>The content words in order, with marks (<see cref="QuestionRoles.Mark"/>).</summary>
    public static List<string> Read(IReadOnlyList<string> tokens)
    {
        var words = WithOwnersFirst(WithCodesFirst(Bare([.. tokens.SelectMany(Plain)])));
        List<List<string>> clauses = [.. Clauses(words)];
        // the clause that asks comes first, whether the condition stands before or behind it
        if (clauses.Count > 1 && IsCondition(clauses[0])) clauses = [.. clauses[1..], clauses[0]];
        return [.. clauses.SelectMany((clause, i) => EnglishClause.Read(clause, isMain: i == 0))];
    }

    private static bool IsCondition(List<string> clause) => RoleWords.IsConjunction(clause[0])
        || clause[0] is "when" or "where" && clause.Count > 1 && !RoleWords.IsAuxiliary(clause[1]);

    /// <summary>A token without contraction and possessive ending: who's is "who is", don't is "do not", pump's is "pump".</summary>
    private static IEnumerable<string> Plain(string token)
    {
        if (!token.Contains('\'', StringComparison.Ordinal)) return [token];
        if (token.EndsWith("n't", StringComparison.Ordinal))
            return [token switch { "can't" => "can", "won't" => "will", "shan't" => "shall", _ => token[..^3] }, "not"];
        var match = Contraction().Match(token);
        if (!match.Success) return [token.TrimEnd('\'')];
        var word = match.Groups[1].Value;
        var isVerb = RoleWords.IsArgument(word) || RoleWords.IsCircumstance(word) || word is "it" or "that" or "there" or "he" or "she";
        return match.Groups[2].Value switch
        {
            "s" => isVerb ? [word, "is"] : [word],
            "re" => [word, "are"],
            "m" => [word, "am"],
            "ve" => [word, "have"],
            "ll" => [word, "will"],
            _ => [word, "would"],
        };
    }

    /// <summary>The words without the courtesy before and after them.</summary>
    private static List<string> Bare(List<string> words)
    {
        while (RoleWords.Openings.FirstOrDefault(p => p.Length < words.Count && words.Take(p.Length).SequenceEqual(p)) is { } opening)
            words.RemoveRange(0, opening.Length);
        while (RoleWords.Closings.FirstOrDefault(p => p.Length < words.Count && words.TakeLast(p.Length).SequenceEqual(p)) is { } closing)
            words.RemoveRange(words.Count - closing.Length, closing.Length);
        if (words is ["what", "time", _, ..]) words.RemoveRange(1, 1);
        else if (words is ["at", "what", "time", _, ..]) words.RemoveRange(0, 2);
        else return words;
        words[0] = "when";
        return words;
    }

    /// <summary>The words with an alarm's code before the word alarm: "alarm SP-14" is "SP-14 alarm".</summary>
    private static List<string> WithCodesFirst(List<string> words)
    {
        for (var i = 1; i < words.Count; i++)
            if (RoleWords.IsNamedByCode(words[i - 1]) && words[i].Any(char.IsAsciiDigit))
                (words[i - 1], words[i]) = (words[i], words[i - 1]);
        return words;
    }

    /// <summary>
    /// The words with an owner before what it has, where one word certainly is the owner: "the motor of the pump" is "the pump motor".
    /// </summary>
    private static List<string> WithOwnersFirst(List<string> words)
    {
        for (var at = words.Count - 2; at > 0; at--)
        {
            if (words[at] != "of") continue;
            var start = at;
            while (start > 0 && RoleWords.IsContent(words[start - 1])) start--;
            var owner = at + 1;
            while (owner < words.Count - 1 && RoleWords.IsDeterminer(words[owner])) owner++;
            var end = owner;
            while (end < words.Count && RoleWords.IsContent(words[end])) end++;
            var begin = start > 0 && RoleWords.IsDeterminer(words[start - 1]) ? start - 1 : start;
            var isName = begin >= 2 && RoleWords.IsBe(words[begin - 1]) && RoleWords.IsArgument(words[begin - 2]); // what is the X of ...
            var isOne = end == owner + 1
                || isName && !words[owner..end].Exists(w => RoleWords.IsParticiple(w) || RoleWords.IsProgressive(w));
            if (start == at || !isOne || end < words.Count && !RoleWords.IsPreposition(words[end]) && !RoleWords.IsAuxiliary(words[end]))
                continue;
            words = [.. words[..start], .. words[owner..end], .. words[start..at], .. words[end..]];
        }
        return words;
    }

    /// <summary>
    /// The clauses; a conjunction, a question word or "that" begins one, and an auxiliary before its subject behind a condition.
    /// </summary>
    private static IEnumerable<List<string>> Clauses(List<string> words)
    {
        var start = 0;
        for (var i = 1; i <= words.Count; i++)
        {
            var begins = i == words.Count || RoleWords.IsConjunction(words[i])
                || (RoleWords.IsArgument(words[i]) || RoleWords.IsCircumstance(words[i])) && !RoleWords.IsPreposition(words[i - 1])
                || words[i] == "that" && RoleWords.IsContent(words[i - 1])
                || start == 0 && i > 2 && i + 1 < words.Count && IsCondition(words) && RoleWords.IsAuxiliary(words[i])
                    && RoleWords.BeginsNoun(words[i + 1]) && RoleWords.IsContent(words[i - 1]);
            if (!begins) continue;
            yield return words[start..i];
            start = i;
        }
    }

    [GeneratedRegex("^(.+)'(s|re|m|ve|ll|d)$", RegexOptions.CultureInvariant)]
    private static partial Regex Contraction();
}
