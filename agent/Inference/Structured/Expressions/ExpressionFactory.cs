using System.Runtime.InteropServices;

namespace EdgeAgent.Inference.Structured.Expressions;

/// <summary>
/// Makes expressions and their derivatives (Brzozowski 1964; Owens et al. 2009): the derivative of an expression by a byte is what may
/// follow that byte. Equal expressions are made once, alternatives are kept flat and sorted, so that few derivatives are distinct. Not
/// safe for concurrent use.
/// </summary>
internal sealed class ExpressionFactory
{
    /// <summary>Expressions a grammar may have before it is used; what use adds is bounded by <see cref="IsFull"/>.</summary>
    public const int MaxExpressions = 200_000;

    /// <summary>Alternatives at one place.</summary>
    public const int MaxAlternatives = 512;

    private readonly Dictionary<Key, Expression> _known = [];
    private readonly Expression _everything;

    /// <summary>What makes two expressions equal.</summary>
    private readonly record struct Key(ExpressionKind Kind, ByteSet Bytes, int Min, int Max, ExpressionParts Parts);

    private readonly struct ExpressionParts(Expression[] parts) : IEquatable<ExpressionParts>
    {
        private readonly Expression[] _parts = parts;

        public bool Equals(ExpressionParts other) => _parts.AsSpan().SequenceEqual(other._parts);

        public override bool Equals(object? obj) => obj is ExpressionParts other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var part in _parts) hash.Add(part.Id);
            return hash.ToHashCode();
        }
    }

    public ExpressionFactory()
    {
        Nothing = Make(ExpressionKind.Nothing, [], isNullable: false, ByteSet.None);
        Empty = Make(ExpressionKind.Empty, [], isNullable: true, ByteSet.None);
        _everything = Not(Nothing);
    }

    public Expression Nothing { get; }
    public Expression Empty { get; }

    public int Count => _known.Count;

    /// <summary>Whether so many expressions were made that the factory should be given up.</summary>
    public bool IsFull => _known.Count > 2 * MaxExpressions;

    public Expression Bytes(ByteSet bytes) =>
        bytes.IsEmpty ? Nothing : Make(ExpressionKind.Bytes, [], isNullable: false, bytes, bytes);

    /// <summary>The bytes one after the other.</summary>
    public Expression Literal(ReadOnlySpan<byte> bytes)
    {
        var result = Empty;
        for (var i = bytes.Length - 1; i >= 0; i--) result = Sequence(Bytes(ByteSet.None.With(bytes[i])), result);
        return result;
    }

    public Expression Sequence(params ReadOnlySpan<Expression> parts)
    {
        var result = Empty;
        for (var i = parts.Length - 1; i >= 0; i--) result = Sequence(parts[i], result);
        return result;
    }

    public Expression Sequence(Expression first, Expression second)
    {
        if (first == Nothing || second == Nothing) return Nothing;
        if (first == Empty) return second;
        if (second == Empty) return first;
        if (first.Kind != ExpressionKind.Sequence) return Pair(first, second);
        // (a b) c becomes a (b c), without recursion: literals are long
        var heads = new List<Expression>();
        var rest = first;
        for (; rest.Kind == ExpressionKind.Sequence; rest = rest.Tail) heads.Add(rest.Head);
        var result = Pair(rest, second);
        for (var i = heads.Count - 1; i >= 0; i--) result = Pair(heads[i], result);
        return result;
    }

    private Expression Pair(Expression head, Expression tail) => Make(ExpressionKind.Sequence, [head, tail],
        head.IsNullable && tail.IsNullable, head.IsNullable ? head.First | tail.First : head.First);

    public Expression Optional(Expression part) => Any(part, Empty);

    /// <exception cref="TooComplexException">There are more than <see cref="MaxAlternatives"/>.</exception>
    public Expression Any(params ReadOnlySpan<Expression> parts)
    {
        var (flat, bytes) = (new List<Expression>(parts.Length), ByteSet.None);
        foreach (var part in parts) Flatten(part);
        if (!bytes.IsEmpty) flat.Add(Bytes(bytes));
        Sort(flat);
        if (flat.Count == 0) return Nothing;
        if (flat.Count == 1) return flat[0];
        if (flat.Count > MaxAlternatives) throw new TooComplexException();
        var first = ByteSet.None;
        foreach (var part in flat) first |= part.First;
        return Make(ExpressionKind.Any, [.. flat], flat.Exists(p => p.IsNullable), first);

        void Flatten(Expression part)
        {
            if (part.Kind == ExpressionKind.Any) foreach (var inner in part.Parts) Flatten(inner);
            else if (part.Kind == ExpressionKind.Bytes) bytes |= part.Bytes;
            else if (part != Nothing) flat.Add(part);
        }
    }

    public Expression All(params ReadOnlySpan<Expression> parts)
    {
        var flat = new List<Expression>(parts.Length);
        foreach (var part in parts)
        {
            if (part == Nothing) return Nothing;
            if (part.Kind == ExpressionKind.All) flat.AddRange(part.Parts);
            else if (part != _everything) flat.Add(part);
        }
        Sort(flat);
        if (flat.Count == 0) return _everything;
        if (flat.Count == 1) return flat[0];
        var first = ByteSet.Range(0, 255);
        foreach (var part in flat) first &= part.First;
        var isNullable = flat.TrueForAll(p => p.IsNullable);
        if (first.IsEmpty) return isNullable ? Empty : Nothing;
        return Make(ExpressionKind.All, [.. flat], isNullable, first);
    }

    public Expression Not(Expression part) => part.Kind == ExpressionKind.Not ? part.Head
        : Make(ExpressionKind.Not, [part], !part.IsNullable, ByteSet.Range(0, 255));

    /// <param name="max"><see cref="Expression.Unlimited"/> for no limit.</param>
    public Expression Repeat(Expression part, int min, int max)
    {
        if (max == 0 || part == Empty) return Empty;
        if (part == Nothing) return min == 0 ? Empty : Nothing;
        if (part.IsNullable) min = 0;
        if (min == 1 && max == 1) return part;
        return Make(ExpressionKind.Repeat, [part], min == 0, part.First, default, min, max);
    }

    /// <summary>Removes repeated parts from a list and sorts it by id.</summary>
    private static void Sort(List<Expression> parts)
    {
        parts.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        var kept = 0;
        for (var i = 0; i < parts.Count; i++)
            if (i == 0 || parts[i] != parts[i - 1]) parts[kept++] = parts[i];
        parts.RemoveRange(kept, parts.Count - kept);
    }

    private Expression Make(ExpressionKind kind, Expression[] parts, bool isNullable, ByteSet first, ByteSet bytes = default,
        int min = 0, int max = 0)
    {
        ref var made = ref CollectionsMarshal.GetValueRefOrAddDefault(_known,
            new Key(kind, bytes, min, max, new ExpressionParts(parts)), out _);
        return made ??= new Expression
        {
            Id = _known.Count,
            Kind = kind,
            Parts = parts,
            Bytes = bytes,
            Min = min,
            Max = max,
            IsNullable = isNullable,
            First = first,
        };
    }

    /// <summary>What may follow the byte: <see cref="Nothing"/> where the byte may not come.</summary>
    public Expression Derive(Expression expression, byte value)
    {
        if (!expression.First.Contains(value)) return Nothing;
        switch (expression.Kind)
        {
            case ExpressionKind.Bytes:
                return Empty;
            case ExpressionKind.Sequence:
                return DeriveSequence(expression, value);
        }
        var known = (expression.Derivatives ??= new Expression?[256])[value];
        return known ?? (expression.Derivatives[value] = expression.Kind switch
        {
            ExpressionKind.Any => Any(DeriveParts(expression, value)),
            ExpressionKind.All => All(DeriveParts(expression, value)),
            ExpressionKind.Not => Not(Derive(expression.Head, value)),
            _ => Sequence(Derive(expression.Head, value), Repeat(expression.Head, Math.Max(0, expression.Min - 1),
                expression.Max == Expression.Unlimited ? Expression.Unlimited : expression.Max - 1)),
        });
    }

    private Expression DeriveSequence(Expression expression, byte value)
    {
        var result = Nothing;
        for (; ; expression = expression.Tail)
        {
            if (expression.Kind != ExpressionKind.Sequence) return Any(result, Derive(expression, value));
            var next = Sequence(Derive(expression.Head, value), expression.Tail);
            if (!expression.Head.IsNullable) return result == Nothing ? next : Any(result, next);
            result = Any(result, next);
        }
    }

    private Expression[] DeriveParts(Expression expression, byte value)
    {
        var parts = new Expression[expression.Parts.Length];
        for (var i = 0; i < parts.Length; i++) parts[i] = Derive(expression.Parts[i], value);
        return parts;
    }
}
