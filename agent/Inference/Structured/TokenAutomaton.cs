using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Structured.Expressions;

namespace EdgeAgent.Inference.Structured;

/// <summary>
/// A grammar over a vocabulary: states are what may still come, made when they are first reached, and the masks of those asked for are
/// kept. Safe for concurrent use.
/// </summary>
internal sealed class TokenAutomaton
{
    /// <summary>Memory from which masks are no longer kept, bytes.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>Transitions that one mask may need anew; simple formats need some hundreds.</summary>
    private const int MaxNewTransitions = 50_000;

    private const int StateBytes = 2_600; // a state with the table of its transitions

    /// <summary>What may still come.</summary>
    internal sealed class State(Expression rest)
    {
        public Expression Rest { get; } = rest;
        public State?[] Next { get; } = new State?[256]; // null: not asked for yet
        public TokenMask? Mask { get; set; }

        /// <summary>Whether the answer may end here.</summary>
        public bool MayEnd => Rest.IsNullable;

        /// <summary>Whether nothing but the end may come.</summary>
        public bool IsComplete => Rest.IsNullable && Rest.First.IsEmpty;
    }

    private readonly Grammar _grammar;
    private readonly TokenTrie _trie;
    private readonly int[] _ends;
    private readonly Lock _lock = new();
    private readonly Dictionary<Expression, State> _states = [];
    private readonly Dictionary<Expression, bool> _takesPlain = [];
    private readonly Expression _plain;
    private readonly State _dead;
    private readonly State[] _path; // the states behind each byte of the token that is walked
    private readonly ulong[] _bits;
    private long _maskBytes;
    private int _newTransitions;

    /// <param name="ends">Tokens that end an answer.</param>
    public TokenAutomaton(Grammar grammar, TokenTrie trie, IEnumerable<int> ends)
    {
        (_grammar, _trie, _ends) = (grammar, trie, [.. ends.Where(id => id >= 0 && id < trie.Words * 64)]);
        _plain = TokenTrie.Plain.ToUtf8(grammar.Factory);
        _dead = new State(grammar.Factory.Nothing);
        _path = new State[trie.MaxDepth + 1];
        _bits = new ulong[trie.Words];
        Start = StateOf(grammar.Root);
    }

    public State Start { get; }

    /// <summary>Whether it has grown so large that the next answer should begin with a new one.</summary>
    public bool IsFull
    {
        get { lock (_lock) return IsLarge; }
    }

    /// <summary>Whether the whole text fits the grammar.</summary>
    public bool Accepts(string text)
    {
        lock (_lock) return _grammar.Accepts(text);
    }

    /// <summary>The tokens that may come in a state.</summary>
    /// <exception cref="NoTokenException">The format can be read in too many ways.</exception>
    public TokenMask MaskOf(State state)
    {
        lock (_lock)
        {
            if (state.Mask is { } known) return known;
            var mask = MakeMask(state);
            if (IsLarge) return mask;
            _maskBytes += mask.Bytes;
            return state.Mask = mask;
        }
    }

    /// <summary>The state behind a token.</summary>
    /// <exception cref="InvalidOperationException">The token may not come here.</exception>
    /// <exception cref="NoTokenException">The format can be read in too many ways.</exception>
    public State Take(State state, int id)
    {
        lock (_lock)
        {
            _newTransitions = 0;
            foreach (var value in _trie.Bytes(id)) state = Next(state, value);
            return state != _dead ? state : throw new InvalidOperationException($"token {id} does not continue the answer");
        }
    }

    private bool IsLarge => _maskBytes + (long)_states.Count * StateBytes > MaxBytes || _grammar.Factory.IsFull;

    private State StateOf(Expression rest)
    {
        if (rest == _grammar.Factory.Nothing) return _dead;
        return _states.TryGetValue(rest, out var known) ? known : _states[rest] = new State(rest);
    }

    private State Next(State state, byte value) => state.Next[value] ?? (state.Next[value] = MakeNext(state, value));

    private State MakeNext(State state, byte value)
    {
        try
        {
            return ++_newTransitions <= MaxNewTransitions ? StateOf(_grammar.Factory.Derive(state.Rest, value))
                : throw new TooComplexException();
        }
        catch (TooComplexException e)
        {
            throw new NoTokenException(e.Message);
        }
    }

    private TokenMask MakeMask(State state)
    {
        _newTransitions = 0;
        _bits.AsSpan().Clear();
        var plain = PlainRun(state.Rest);
        if (plain > 0 && (plain >= _trie.MaxPlain || IsRunAlone(state.Rest)))
        {
            _trie.PlainUpTo(plain).CopyTo(_bits);
            Walk(_trie.Others, state);
        }
        else Walk(_trie.All, state);
        if (state.MayEnd)
            foreach (var id in _ends) Set(id);
        return TokenMask.Of(_bits);
    }

    private void Set(int id) => _bits[id / 64] |= 1UL << id % 64;

    /// <summary>Sets the tokens of a tree whose bytes lead to a live state.</summary>
    private void Walk(TokenTrie.Tree tree, State from)
    {
        _path[0] = from;
        for (var i = 0; i < tree.Nodes.Length;)
        {
            ref readonly var node = ref tree.Nodes[i];
            var next = Next(_path[node.Depth], node.Byte);
            if (next == _dead)
            {
                i = node.End;
                continue;
            }
            for (var token = 0; token < node.Count; token++) Set(tree.Ids[node.First + token]);
            _path[node.Depth + 1] = next;
            i++;
        }
    }

    /// <summary>How many plain characters may come, whichever they are; at least.</summary>
    private int PlainRun(Expression rest)
    {
        switch (rest.Kind)
        {
            case ExpressionKind.Sequence: return PlainRun(rest.Head);
            case ExpressionKind.Repeat: return TakesPlain(rest.Head) ? rest.Max : 0;
            case ExpressionKind.Any:
                var longest = 0;
                foreach (var part in rest.Parts) longest = Math.Max(longest, PlainRun(part));
                return longest;
            default: return 0;
        }
    }

    /// <summary>Whether plain characters come through the run alone, so that a longer one may not come.</summary>
    private bool IsRunAlone(Expression rest)
    {
        var run = rest.Kind == ExpressionKind.Sequence ? rest.Head : rest;
        if (run.Kind != ExpressionKind.Repeat) return false;
        return rest == run || run.Min > 0 || (rest.Tail.First & _plain.First).IsEmpty;
    }

    /// <summary>Whether every plain character belongs to the expression.</summary>
    private bool TakesPlain(Expression part)
    {
        if (_takesPlain.TryGetValue(part, out var known)) return known;
        var factory = _grammar.Factory;
        return _takesPlain[part] = (_plain.First & part.First) == _plain.First
            && Liveness.All(factory, _plain, factory.Not(part)) == factory.Nothing;
    }
}
