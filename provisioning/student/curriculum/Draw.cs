namespace EdgeAgent.Lab;

/// <summary>Draws with a given random source.</summary>
internal static class Draw
{
    public static T From<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>Draws until the fact belongs to the part. Both parts must be possible.</summary>
    public static T OfPart<T>(Part part, Func<T> draw, Func<T, string> fact)
    {
        while (true)
        {
            var drawn = draw();
            if (Split.Of(fact(drawn)) == part) return drawn;
        }
    }
}
