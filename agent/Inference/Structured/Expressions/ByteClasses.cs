namespace EdgeAgent.Inference.Structured.Expressions;

/// <summary>Bytes that no set in an expression tells apart: what follows one follows the others.</summary>
internal static class ByteClasses
{
    /// <summary>The classes; each byte is in one.</summary>
    public static IReadOnlyList<byte[]> Of(Expression expression)
    {
        List<byte[]> classes = [[.. Enumerable.Range(0, 256).Select(b => (byte)b)]];
        foreach (var set in Sets(expression))
            classes = [.. classes.SelectMany(c => c.GroupBy(set.Contains).Select(g => g.ToArray()))];
        return classes;
    }

    private static HashSet<ByteSet> Sets(Expression root)
    {
        var (sets, seen, open) = (new HashSet<ByteSet>(), new HashSet<Expression>(), new Stack<Expression>([root]));
        while (open.TryPop(out var expression))
        {
            if (!seen.Add(expression)) continue;
            if (expression.Kind == ExpressionKind.Bytes) sets.Add(expression.Bytes);
            foreach (var part in expression.Parts) open.Push(part);
        }
        return sets;
    }
}
