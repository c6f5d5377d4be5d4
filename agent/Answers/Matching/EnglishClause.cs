namespace EdgeAgent.Answers.Matching;

/// <summary>
/// One clause of an English question in the order agent, deed, patient. The passive is turned round where its patient is certain; in
/// relative clauses it is marked instead. A question word that asks for the patient moves behind the deed. Pure.
/// </summary>
internal sealed class EnglishClause
{
    private const string Passive = "<passive", By = "<by", Nobody = "";

    private readonly List<string> _words; // without the question group and a preposition before it
    private readonly List<string> _asked = []; // the question group: who, which valve, how many pumps
    private readonly string _fronted = Nobody; // the preposition before it: by whom
    private readonly bool _isMain, _isPlace;

    private EnglishClause(List<string> clause, bool isMain)
    {
        (_words, _isMain, _isPlace) = ([.. clause], isMain, clause[0] == "where");
        if (!isMain) return;
        if (_words.Count > 1 && RoleWords.IsPreposition(_words[0]) && IsAsking(1))
        {
            _fronted = _words[0];
            _words.RemoveAt(0);
        }
        if (!IsAsking(0)) return;
        var length = AskedLength();
        _asked = _words[..length];
        _words.RemoveRange(0, length);
    }

    /// <summary>The clause's content words in order, with marks.</summary>
    /// <param name="clause">At least one word.</param>
    /// <param name="isMain">Whether it is the clause that asks.</param>
    public static IEnumerable<string> Read(List<string> clause, bool isMain)
    {
        var read = new EnglishClause(clause, isMain);
        return Items(read.InOrder());
    }

    private bool IsAsking(int at) => RoleWords.IsArgument(_words[at])
        || _words[at] == "how" && at + 1 < _words.Count && RoleWords.IsAmount(_words[at + 1]);

    /// <summary>Words of the question group at the begin: up to the first auxiliary, if only a noun can stand between.</summary>
    private int AskedLength()
    {
        var first = _words[0] == "how" ? 2 : 1;
        var verb = _words.FindIndex(RoleWords.IsAuxiliary);
        return verb < first || !_words[first..verb].TrueForAll(RoleWords.IsContent) ? first : verb;
    }

    private List<string> InOrder()
    {
        for (var i = _words.Count - 2; i >= 0; i--) // gets called
            if (RoleWords.IsBecome(_words[i]) && RoleWords.IsParticiple(_words[i + 1])) _words[i] = "be";
        var be = _words.FindIndex(RoleWords.IsBe);
        if (be >= 0 && PassiveOf(be) is { } turned) return turned;
        if (_asked.Count == 0) return _words;
        if (_fronted != Nobody) return [.. _words, _fronted, .. _asked];
        return AsksForPatient() ? WithAskedBehind(_words) : [.. _asked, .. _words];
    }

    /// <summary>The clause as active; with marks where it cannot be turned; null where it has no participle.</summary>
    private List<string>? PassiveOf(int be)
    {
        var by = _fronted == "by" ? -1 : _words.FindIndex(be, w => w == "by");
        if (by >= 0 && by + 1 < _words.Count && RoleWords.IsProgressive(_words[by + 1])) by = -1; // by pressing the button
        var deed = Participle(be, by);
        if (deed < 0 && by >= 0) deed = Participle(be, by = -1);
        if (deed < 0) return null;
        var isSubject = !_words[..deed].Exists(w => RoleWords.IsContent(w) || RoleWords.BeginsNoun(w));
        var agentEnd = by < 0 ? -1 : AgentEnd(by);
        var hasAgent = agentEnd > by + 1;
        if (!_isMain && (RoleWords.IsArgument(_words[0]) || _words[0] == "that")
            || hasAgent && !isSubject && (_isPlace || _asked.Count > 0))
            return [.. isSubject ? _asked : [], .. _words[..deed], Passive, .. _words[deed..].Select(w => w == "by" ? By : w),
                .. isSubject ? [] : _asked];
        List<string> before = [.. isSubject ? _asked : [], .. _words[..deed]], asked = isSubject ? [] : _asked;
        // a conjunction stays where the clause begins
        var head = before.Count > 0 && RoleWords.IsConjunction(before[0]) ? 1 : 0;
        List<string> patient = [_words[deed], .. before[head..]];
        if (hasAgent)
            return [.. before[..head], .. _words[(by + 1)..agentEnd], .. patient, .. _words[(deed + 1)..by], .. _words[agentEnd..]];
        var rest = by < 0 ? _words[(deed + 1)..] : [.. _words[(deed + 1)..by], .. _words[(by + 1)..]];
        if (asked.Count > 0 && (by >= 0 || _fronted == "by")) return [.. asked, .. patient, .. rest];
        return asked.Count == 0 ? [.. before[..head], .. patient, .. rest] : WithAskedBehind([.. patient, .. rest]);
    }

    /// <summary>The place of the participle behind "be": the last one before "by", or the last that is no adjective; -1: none.</summary>
    private int Participle(int be, int by)
    {
        for (var i = (by < 0 ? _words.Count : by) - 1; i > be; i--)
            if (IsParticiple(i, isBeforeBy: i == by - 1)) return i;
        return -1;
    }

    private bool IsParticiple(int at, bool isBeforeBy)
    {
        string word = _words[at], before = _words[at - 1];
        if (RoleWords.IsBe(before)) return RoleWords.IsParticiple(word) || RoleWords.IsPlainParticiple(word) || isBeforeBy && IsDeed(word);
        if (isBeforeBy && RoleWords.IsParticiple(word)) return true; // pump A supplied by
        if (RoleWords.IsDeterminer(before) || RoleWords.IsPreposition(before)) return false; // an adjective or a noun
        var isLast = at + 1 == _words.Count || RoleWords.IsPreposition(_words[at + 1]);
        return RoleWords.IsParticiple(word) || isLast && RoleWords.IsPlainParticiple(word) || isBeforeBy && IsDeed(word);
    }

    /// <summary>Whether a word may be a verb that no list knows.</summary>
    private static bool IsDeed(string word) => RoleWords.IsContent(word) && !RoleWords.IsProgressive(word) && !RoleWords.IsAdverb(word);

    private int AgentEnd(int by)
    {
        var end = _words.FindIndex(by + 1, w => RoleWords.IsPreposition(w) && w != "of");
        return end < 0 ? _words.Count : end;
    }

    /// <summary>Whether the question word asks for what it is done to: a subject stands behind the auxiliary.</summary>
    private bool AsksForPatient()
    {
        var next = _words.FindIndex(w => !RoleWords.IsAuxiliary(w));
        if (next < 0) return false;
        if (RoleWords.BeginsNoun(_words[next])) return true;
        if (next == 0 || _words[next] == "not") return false;
        if (RoleWords.IsDo(_words[0])) return true;
        // who is pump A driving: the deed does not follow "be"
        return RoleWords.IsBe(_words[next - 1]) && !RoleWords.IsProgressive(_words[next]) && _words.FindLast(
            w => !RoleWords.IsPreposition(w)) is { } last && RoleWords.IsProgressive(last);
    }

    /// <summary>The words with the question group behind the deed: before its first preposition, or behind one at the end.</summary>
    private List<string> WithAskedBehind(List<string> words)
    {
        var at = words.Count > 0 && RoleWords.IsPreposition(words[^1]) ? words.Count
            : words.FindIndex(Math.Min(1, words.Count), RoleWords.IsPreposition);
        if (at < 0) at = words.Count;
        return [.. words[..at], .. _asked, .. words[at..]];
    }

    /// <summary>The words that count, each in one form.</summary>
    private static IEnumerable<string> Items(List<string> words)
    {
        for (var i = 0; i < words.Count; i++)
            if (Item(words, i) is { } item) yield return item;
    }

    private static string? Item(List<string> words, int i)
    {
        var word = words[i];
        var next = i + 1 < words.Count ? words[i + 1] : Nobody;
        if (word[0] == QuestionRoles.Mark && word.Length > 1) return word;
        if (RoleWords.IsArgument(word)) return word == "whom" ? "?who" : $"?{word}";
        if (RoleWords.IsAmount(word) && i > 0 && words[i - 1] == "how") return "?many";
        if (word == "of") return QuestionRoles.Of;
        // "to" before a verb only joins it
        if (word == "to") return next == Nobody || RoleWords.BeginsNoun(next) || RoleWords.IsArgument(next) ? word : null;
        if (RoleWords.IsCircumstance(word)) return RoleWords.IsAuxiliary(next) || word is "how" or "why" ? null : word;
        if (RoleWords.IsAuxiliary(word) || RoleWords.IsDeterminer(word) || RoleWords.IsAsker(word) || RoleWords.IsAdverb(word)
            || word is "that" or "there" or "here" or "not") return null;
        if (RoleWords.IsAddressee(word)) // behind these it is the one who acts, and nobody in particular
            return i == 0 || RoleWords.IsAuxiliary(words[i - 1]) || RoleWords.IsConjunction(words[i - 1])
                || RoleWords.IsCircumstance(words[i - 1]) || RoleWords.IsArgument(words[i - 1]) ? null : word;
        if (RoleWords.IsPreposition(word) && StopWords.Has(word) || CriticalTerms.IsMeasure(word)) return null;
        return QuestionContent.Same(word) ?? RoleWords.Stem(word);
    }
}
