namespace EdgeAgent.Import.Calibration;

/// <summary>
/// A window while a student writes it: which token comes next by force, and which may be drawn. A document is free text behind a start
/// token. A conversation is the template's text around questions and answers that the student makes up, one pair after the other.
/// </summary>
internal sealed class WrittenWindow
{
    /// <summary>Tokens after which a question is over: students that never learned to ask do not find an end.</summary>
    public const int MaxQuestion = 64;

    private enum Part
    {
        Document,
        Question,
        Answer,
    }

    private readonly TurnText? _turns;
    private readonly IReadOnlyList<int> _ends;
    private readonly bool[]? _firstTokens;
    private readonly Queue<int> _forced;
    private readonly List<int> _tokens = [];
    private readonly int _hidden;
    private Part _part;
    private int _written; // tokens of this part

    private WrittenWindow(TurnText? turns, IEnumerable<int> opening, IReadOnlyList<int> ends, bool[]? firstTokens, int hidden)
    {
        (_turns, _ends, _firstTokens, _hidden) = (turns, ends, firstTokens, hidden);
        _forced = new Queue<int>(opening);
        _part = turns is null ? Part.Document : Part.Question;
    }

    /// <param name="start">What the student continues; at least one token.</param>
    /// <param name="hideStart">Whether the start is no part of the window, since the tokenizer adds no begin token.</param>
    /// <param name="firstTokens">The tokens that may begin the text, by id; null for all.</param>
    public static WrittenWindow Document(int[] start, bool hideStart, bool[]? firstTokens) =>
        new(null, start, [], firstTokens, hideStart ? start.Length : 0);

    /// <param name="ends">Tokens that end a turn.</param>
    /// <param name="firstTokens">The tokens that may begin a question, by id; null for all.</param>
    public static WrittenWindow Conversation(TurnText turns, IReadOnlyList<int> ends, bool[]? firstTokens) =>
        new(turns, turns.Opening, ends, firstTokens, 0);

    /// <summary>Tokens so far, those of the start included.</summary>
    public int Count => _tokens.Count;

    /// <summary>The last token.</summary>
    public int Last => _tokens[^1];

    /// <summary>The next token where it is not drawn; null where it is.</summary>
    public int? Forced => _forced.TryPeek(out var id) ? id : null;

    /// <summary>Tokens that may be drawn next; null for all.</summary>
    public bool[]? Allowed => _written == 0 && _part != Part.Answer ? _firstTokens : null;

    public void Append(int id)
    {
        _tokens.Add(id);
        if (_forced.TryDequeue(out _)) return;
        _written++;
        var ended = _ends.Contains(id);
        if (_part == Part.Question && (ended || _written >= MaxQuestion)) Begin(Part.Answer, _turns!.BeforeAnswer);
        else if (_part == Part.Answer && ended) Begin(Part.Question, _turns!.BeforeNextQuestion);

        void Begin(Part part, int[] text)
        {
            (_part, _written) = (part, 0);
            // the template's text begins with the end of the turn before, which may just have been drawn
            foreach (var t in text.AsSpan(ended && text[0] == id ? 1 : 0)) _forced.Enqueue(t);
        }
    }

    /// <summary>The window's tokens, at most <paramref name="length"/>.</summary>
    public int[] Window(int length) => [.. _tokens.Skip(_hidden).Take(length)];
}
