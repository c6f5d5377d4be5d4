namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Who does what to whom in a question: its content words in the order agent, deed, patient, with the passive turned round. Two
/// questions in the same words whose order differs do not ask the same (who calls the supervisor, who does the supervisor call).
/// The order is read from function words (<c>Lexicons/roles.txt</c>); no word class is guessed. Immutable.
/// </summary>
internal sealed class QuestionRoles
{
    /// <summary>First character of a mark among the words: a passive that was not turned round, "of", 把.</summary>
    public const char Mark = '<';

    /// <summary>The mark of "of": it counts only where all words are the same.</summary>
    public const string Of = "<of";

    /// <summary>Words that two questions must share before the voice of their verbs counts.</summary>
    private const int MinVoiceShared = 2;

    /// <summary>
    /// When one of many phrasings says the reverse: it has this share of the question's words, this many of them in another order (agent
    /// and patient, around the deed), and the question is no longer than this. Chosen on Banking77 and CLINC150.
    /// </summary>
    private const double MinReversedShare = 0.75;
    private const int MinDisplaced = 2, MaxReversedWords = 8;

    private readonly IReadOnlyList<Order> _orders; // at least one: the ways in which the question can be read

    private QuestionRoles(IEnumerable<IReadOnlyList<string>> orders) => _orders = [.. orders.Select(o => new Order(o))];

    /// <param name="normal">The normalised text.</param>
    public static QuestionRoles Read(string normal) => new(normal.Any(QuestionTokenizer.IsHan)
        ? ChineseRoles.Read(normal) : [EnglishRoles.Read(QuestionTokenizer.Tokenize(normal))]);

    /// <summary>Whether the words that two questions share stand in the same order and voice in both.</summary>
    public bool Agrees(QuestionRoles other) => Compare(other).Agrees;

    /// <summary>
    /// Whether the phrasings of an answer have this question's words in its order: none has more of them in another order than the best
    /// one has in the same. So a phrasing that says little does not answer for one that says the reverse.
    /// </summary>
    /// <param name="areMany">
    /// Whether there are enough phrasings to vote: among many, some differ in order and mean the same. Then only those count that are as
    /// near as a reversed question is, and only against twice as many words in order.
    /// </param>
    public bool AreKeptBy(IEnumerable<QuestionRoles> phrasings, bool areMany)
    {
        int kept = 0, reversed = 0;
        foreach (var phrasing in phrasings)
        {
            var comparison = Compare(phrasing);
            if (comparison.Agrees) kept = Math.Max(kept, comparison.Shared);
            else if (!areMany || IsReverse(comparison, phrasing)) reversed = Math.Max(reversed, comparison.Shared);
        }
        return areMany ? reversed == 0 || 2 * kept > reversed : kept >= reversed;
    }

    private bool IsReverse(Comparison comparison, QuestionRoles phrasing) =>
        comparison.Shared == Words && comparison.Shared == phrasing.Words
        || Words <= MaxReversedWords && comparison.Shared >= MinReversedShare * Words && comparison.Displaced >= MinDisplaced;

    private int Words => _orders[0].Words;

    /// <summary>The comparison in those ways to read both questions that agree best.</summary>
    private Comparison Compare(QuestionRoles other)
    {
        Comparison best = new(0, int.MaxValue, false);
        foreach (var order in _orders)
            foreach (var its in other._orders)
            {
                var comparison = order.Compare(its);
                if (comparison.Agrees) return comparison;
                if (comparison.Displaced < best.Displaced) best = comparison;
            }
        return best;
    }

    public override string ToString() => string.Join(" / ", _orders);

    /// <summary>Two orders beside each other.</summary>
    /// <param name="Shared">Number of words in both.</param>
    /// <param name="Displaced">How many of those stand in another order.</param>
    /// <param name="Agrees">Whether none does, and the marks are the same.</param>
    private readonly record struct Comparison(int Shared, int Displaced, bool Agrees);

    /// <summary>One way to read a question.</summary>
    private sealed class Order(IReadOnlyList<string> items)
    {
        private readonly IReadOnlyList<string> _items = items;
        private readonly string[] _words = [.. items.Where(i => i[0] != Mark)];
        private readonly string[] _voice = [.. items.Where(i => i[0] == Mark && i != Of)];

        public int Words => _words.Length;

        public Comparison Compare(Order other)
        {
            var shared = WordOrder.Shared(_words, other._words);
            var displaced = shared - WordOrder.InOrder(_words, other._words);
            var agrees = displaced == 0 && (shared == Words && shared == other.Words
                ? _items.SequenceEqual(other._items) : shared < MinVoiceShared || _voice.SequenceEqual(other._voice));
            return new Comparison(shared, displaced, agrees);
        }

        public override string ToString() => string.Join(' ', _items);
    }
}
