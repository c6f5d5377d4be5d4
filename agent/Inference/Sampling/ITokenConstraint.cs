namespace EdgeAgent.Inference.Sampling;

/// <summary>What limits the tokens of one answer, step by step. For one row; not safe for concurrent use.</summary>
internal interface ITokenConstraint
{
    /// <summary>The tokens that may come next; an end token is among them only where the answer may end.</summary>
    TokenMask Mask { get; }

    /// <summary>Whether the answer is whole and nothing but its end may come.</summary>
    bool IsComplete { get; }

    /// <summary>Takes the token that was chosen.</summary>
    /// <param name="id">A token of <see cref="Mask"/> that ends no answer.</param>
    void Take(int id);
}
