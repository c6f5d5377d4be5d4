namespace EdgeAgent.Inference.Structured.Expressions;

/// <summary>What an expression is made of.</summary>
internal enum ExpressionKind
{
    /// <summary>No text at all.</summary>
    Nothing,

    /// <summary>The empty text alone.</summary>
    Empty,

    /// <summary>One byte of a set.</summary>
    Bytes,

    /// <summary>The first part, then the second.</summary>
    Sequence,

    /// <summary>Any of the parts.</summary>
    Any,

    /// <summary>All of the parts at once.</summary>
    All,

    /// <summary>Every text but those of the part.</summary>
    Not,

    /// <summary>The part, so many times.</summary>
    Repeat,
}

/// <summary>
/// A set of byte strings, as <see cref="ExpressionFactory"/> makes it: equal expressions of one factory are the same object. Immutable;
/// the caches in it are filled by the factory's one user.
/// </summary>
internal sealed class Expression
{
    public required int Id { get; init; }
    public required ExpressionKind Kind { get; init; }

    /// <summary>Of <see cref="ExpressionKind.Bytes"/>.</summary>
    public ByteSet Bytes { get; init; }

    /// <summary>Two of a sequence, the first of which is no sequence; one of Not and Repeat; two or more, by id, of Any and All.</summary>
    public Expression[] Parts { get; init; } = [];

    /// <summary>Of Repeat.</summary>
    public int Min { get; init; }

    /// <summary>Of Repeat; <see cref="Unlimited"/> for no limit.</summary>
    public int Max { get; init; }

    /// <summary>Whether the empty text belongs to it.</summary>
    public required bool IsNullable { get; init; }

    /// <summary>Bytes with which a text may begin; of All and Not a superset.</summary>
    public required ByteSet First { get; init; }

    /// <summary>[256] what may follow each byte; null where it was not asked for yet.</summary>
    public Expression?[]? Derivatives { get; set; }

    public const int Unlimited = int.MaxValue;

    public Expression Head => Parts[0];
    public Expression Tail => Parts[1];
}
