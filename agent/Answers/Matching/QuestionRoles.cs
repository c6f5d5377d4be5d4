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

    private readonly IReadOnlyList<Order> _orders; // at least one: the ways in which the question can be read

    private QuestionRoles(IEnumerable<IReadOnlyList<string>> orders) => _orders = [.. orders.Select(o => new Order(o))];

    /// <param name="normal">The normalised text.</param>
    public static QuestionRoles Read(string normal) => new(normal.Any(QuestionTokenizer.IsHan)
        ? ChineseRoles.Read(normal) : [EnglishRoles.Read(QuestionTokenizer.Tokenize(normal))]);

    /// <summary>
    /// How many words two questions share, and whether those stand in the same order and voice in both, in one of the ways to read
    /// them.
    /// </summary>
    public (int Shared, bool Agrees, int Displaced) Compare(QuestionRoles other)
    {
        (int Shared, bool Agrees, int Displaced) best = (0, false, int.MaxValue);
        foreach (var order in _orders)
            foreach (var its in other._orders)
            {
                var result = order.Compare(its);
                if (result.Agrees) return result;
                if (result.Displaced < best.Displaced) best = result;
            }
        return best;
    }

    public int Words => _orders[0].Count;

    /// <summary>One way to read a question.</summary>
    private sealed class Order(IReadOnlyList<string> items)
    {
        private readonly string[] _words = [.. items.Where(i => i[0] != Mark)];
        private readonly string[] _voice = [.. items.Where(i => i[0] == Mark && i != Of)];

        public int Count => _words.Length;

        public (int Shared, bool Agrees, int Displaced) Compare(Order other)
        {
            var shared = WordOrder.Shared(_words, other._words);
            var displaced = shared - WordOrder.InOrder(_words, other._words);
            var isSame = displaced > 0 ? false
                : shared == _words.Length && shared == other._words.Length ? Items.SequenceEqual(other.Items)
                : shared < MinVoiceShared || _voice.SequenceEqual(other._voice);
            return (shared, isSame, displaced);
        }

        public IReadOnlyList<string> Items => items;
    }

    public override string ToString() => string.Join(" / ", _orders.Select(o => string.Join(" ", o.Items)));
}
