namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// Labels of positions in the BIO scheme: 0 is outside, then for each type its begin (odd) and its inside (even).
/// </summary>
public static class EntityLabels
{
    /// <summary>Names of the entity types, in the order in which labels, weights and operating points number them.</summary>
    public static readonly IReadOnlyList<string> Types = [EntityTypes.Person, EntityTypes.Location, EntityTypes.Organization];

    /// <summary>Number of labels.</summary>
    public const int Count = 7;

    /// <summary>The label of an entity's first position.</summary>
    /// <param name="type">Index in <see cref="Types"/>.</param>
    public static int Begin(int type) => 1 + 2 * type;

    /// <summary>The label of an entity's other positions.</summary>
    /// <param name="type">Index in <see cref="Types"/>.</param>
    public static int Inside(int type) => 2 + 2 * type;

    /// <summary>The type of a label other than 0, as an index in <see cref="Types"/>.</summary>
    public static int TypeOf(int label) => (label - 1) / 2;

    /// <summary>Whether a label may follow another (or the start, -1): an inside needs the begin or inside of its type.</summary>
    public static bool MayFollow(int previous, int label) => label == 0 || label % 2 == 1 || previous == label || previous == label - 1;

    /// <summary>Entities as (first, last, type), last inclusive, in order.</summary>
    /// <param name="labels">[positions].</param>
    public static IEnumerable<(int First, int Last, int Type)> Runs(byte[] labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        for (var i = 0; i < labels.Length;)
        {
            if (labels[i] == 0)
            {
                i++;
                continue;
            }
            var type = TypeOf(labels[i]);
            var end = i + 1;
            while (end < labels.Length && labels[end] == Inside(type)) end++;
            yield return (i, end - 1, type);
            i = end;
        }
    }
}
