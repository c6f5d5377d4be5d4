using System.Runtime.CompilerServices;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// A named kind of feature, or a row of such kinds with numbers one after the other (one for each neighbour, say). The number goes
/// into the feature's hash, so that trained models depend on it: it never changes, and a new template takes a free one.
/// </summary>
/// <param name="Id">Number of the first.</param>
/// <param name="Count">How many numbers it takes.</param>
internal readonly record struct FeatureTemplate(uint Id, int Count)
{
    /// <summary>One of the row, from 0 on.</summary>
    public FeatureTemplate this[int index] => new(Id + (uint)index, 1);
}

/// <summary>
/// The templates of one model's features. A sentence's position or span has at most one feature of each number, so the table's
/// count of numbers is the width of a row of features.
/// </summary>
internal sealed class FeatureTable
{
    private readonly List<(string Name, FeatureTemplate Template)> _templates = [];

    /// <summary>How many numbers the templates take together.</summary>
    public int Width { get; private set; }

    /// <summary>The templates with their names, in the order in which they were added.</summary>
    public IReadOnlyList<(string Name, FeatureTemplate Template)> Templates => _templates;

    /// <summary>Adds a template under the name of the field that it is assigned to.</summary>
    /// <param name="id">The first number.</param>
    /// <param name="count">How many numbers from there on.</param>
    /// <exception cref="InvalidOperationException">A number is taken already.</exception>
    public FeatureTemplate Add(uint id, int count = 1, [CallerMemberName] string name = "")
    {
        foreach (var (other, taken) in _templates)
            if (id < taken.Id + taken.Count && taken.Id < id + count)
                throw new InvalidOperationException($"feature template {name} ({id}) overlaps {other} ({taken.Id})");
        var template = new FeatureTemplate(id, count);
        _templates.Add((name, template));
        Width += count;
        return template;
    }
}

/// <summary>Fills a row of features from the left.</summary>
/// <param name="features">[width of the table], zeroed.</param>
internal ref struct FeatureRow(Span<uint> features)
{
    private readonly Span<uint> _features = features;
    private int _count;

    public void Add(FeatureTemplate template, uint a, uint b = 0, uint c = 0) =>
        _features[_count++] = FeatureHash.Of(template.Id, a, b, c);
}
