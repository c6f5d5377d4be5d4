namespace EdgeAgent.Inference.Structured.Expressions;

/// <summary>
/// Removes dead ends from intersections: beginnings that every part allows and that no text of all parts continues. Nothing else has
/// any.
/// </summary>
internal static class Liveness
{
    /// <summary>Distinct rests an intersection may have.</summary>
    public const int MaxRests = 4096;

    /// <summary>
    /// The texts of all parts, without dead ends; <see cref="ExpressionFactory.Nothing"/> where there is no such text. Null where the
    /// parts have more than <see cref="MaxRests"/> rests together.
    /// </summary>
    public static Expression? All(ExpressionFactory factory, params ReadOnlySpan<Expression> parts)
    {
        var root = factory.All(parts);
        if (root.Kind != ExpressionKind.All) return root;
        var classes = ByteClasses.Of(root);
        var (found, queue) = (new HashSet<Expression> { root }, new Queue<Expression>([root]));
        var before = new Dictionary<Expression, List<Expression>>(); // rest -> those it may follow
        var live = new Queue<Expression>();
        while (queue.TryDequeue(out var rest))
        {
            if (IsEnd(rest)) live.Enqueue(rest);
            if (rest.Kind != ExpressionKind.All) continue;
            foreach (var alike in classes)
            {
                var next = factory.Derive(rest, alike[0]);
                if (next == factory.Nothing) continue;
                if (!before.TryGetValue(next, out var those)) before[next] = those = [];
                those.Add(rest);
                if (found.Add(next)) queue.Enqueue(next);
            }
            if (found.Count > MaxRests) return null;
        }
        var alive = Reached(live, before);
        foreach (var rest in found.Where(r => r.Kind == ExpressionKind.All))
            foreach (var alike in classes)
                if (rest.Derivatives?[alike[0]] is { } next && !alive.Contains(next))
                    foreach (var value in alike) rest.Derivatives[value] = factory.Nothing;
        return alive.Contains(root) ? root : factory.Nothing;
    }

    /// <summary>The empty text ends it, or it is no intersection and so has an end.</summary>
    private static bool IsEnd(Expression rest) => rest.IsNullable || rest.Kind is not (ExpressionKind.All or ExpressionKind.Nothing);

    private static HashSet<Expression> Reached(Queue<Expression> from, Dictionary<Expression, List<Expression>> before)
    {
        var reached = new HashSet<Expression>(from);
        while (from.TryDequeue(out var rest))
            foreach (var earlier in before.GetValueOrDefault(rest, []))
                if (reached.Add(earlier)) from.Enqueue(earlier);
        return reached;
    }
}
