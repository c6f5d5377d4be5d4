using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Inference.Structured;

/// <summary>
/// A student's compiled formats, by what they were compiled from. Bounded: the format unused for longest is forgotten first, and one
/// that has grown too large is compiled anew. The vocabulary's trees are built with the first format. Safe for concurrent use.
/// </summary>
/// <param name="vocabulary">Number of ids the student has.</param>
/// <param name="ends">Tokens that end an answer.</param>
internal sealed class Grammars(Tokenizer tokenizer, int vocabulary, IReadOnlyList<int> ends)
{
    /// <summary>Formats that are kept.</summary>
    public const int Capacity = 16;

    private readonly Lazy<TokenTrie> _trie = new(() => TokenTrie.Of(tokenizer, vocabulary));
    private readonly LinkedList<(AnswerFormat Format, TokenAutomaton Automaton)> _latest = new(); // used last first
    private readonly Lock _lock = new();

    /// <exception cref="GrammarException">The format is wrong or cannot be held.</exception>
    public TokenAutomaton Get(AnswerFormat format)
    {
        if (Find(format) is { } known) return known;
        var made = new TokenAutomaton(Grammar.Compile(format), _trie.Value, ends);
        lock (_lock)
        {
            _latest.AddFirst((format, made));
            if (_latest.Count > Capacity) _latest.RemoveLast();
        }
        return made;
    }

    private TokenAutomaton? Find(AnswerFormat format)
    {
        lock (_lock)
        {
            for (var node = _latest.First; node is not null; node = node.Next)
            {
                if (node.Value.Format != format) continue;
                _latest.Remove(node);
                if (node.Value.Automaton.IsFull) return null;
                _latest.AddFirst(node);
                return node.Value.Automaton;
            }
            return null;
        }
    }
}
