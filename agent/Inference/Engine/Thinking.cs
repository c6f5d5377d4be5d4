namespace EdgeAgent.Inference.Engine;

/// <summary>The tokens around a reasoning student's think block, and the ids that end one ("\n&lt;/think&gt;\n\n").</summary>
internal sealed record ThinkTags(int Open, int Close, IReadOnlyList<int> Closing);

/// <summary>Budget of a reasoning student's think block.</summary>
/// <param name="Tokens">Maximum tokens inside the block, 0 or more; then the block is closed.</param>
/// <param name="StartsOpen">Whether the prompt ends inside the block.</param>
internal sealed record ThinkBudget(ThinkTags Tags, int Tokens, bool StartsOpen);

/// <summary>Whether an answer is inside its think block or behind it, token by token.</summary>
internal sealed class ThinkState(ThinkBudget budget)
{
    private readonly Queue<int> _forced = new();
    private bool _inside = budget.StartsOpen, _isForced, _hasBegun;
    private int _used;

    /// <summary>Whether the next token belongs to the block or closes it.</summary>
    public bool IsInside => _inside || _forced.Count > 0;

    /// <summary>Whether the likeliest token opens the block, as an answer's first token may.</summary>
    public bool Opens(int likeliest) => !_hasBegun && budget.Tokens > 0 && likeliest == budget.Tags.Open;

    /// <summary>
    /// The next id: the sampled one, or the block's closing ids when the budget is spent or the answer would end inside the block.
    /// </summary>
    public int Choose(int sampled, bool endsAnswer)
    {
        _isForced = _forced.TryDequeue(out var forced);
        if (_isForced) return forced;
        if (!_inside || sampled == budget.Tags.Close || !endsAnswer && _used++ < budget.Tokens) return sampled;
        foreach (var id in budget.Tags.Closing) _forced.Enqueue(id);
        _isForced = true;
        return _forced.Dequeue();
    }

    /// <summary>Takes an id; returns whether it belongs to the block, and whether it is the block's text rather than a tag.</summary>
    public (bool Hidden, bool IsText) Take(int id)
    {
        _hasBegun = true;
        if (id == budget.Tags.Open || id == budget.Tags.Close)
        {
            _inside = id == budget.Tags.Open;
            return (true, false);
        }
        return (_inside || _isForced, _inside && !_isForced);
    }
}
