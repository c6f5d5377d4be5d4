namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// Features of Chinese text. Every character is a position: its neighbours, their pairs and triples, kinds of characters, and the
/// words of the lexicon that cover it (<see cref="ChineseLexicon"/>). Spans of characters have features of their own.
/// </summary>
public sealed class ChineseFeatures : IFeatures
{
    /// <inheritdoc/>
    public int Width => CharacterTemplates.Table.Width;

    /// <inheritdoc/>
    public List<(int Start, int Length)> Positions(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var positions = new List<(int Start, int Length)>(text.Length);
        for (var i = 0; i < text.Length; i++) positions.Add((i, 1));
        return positions;
    }

    /// <inheritdoc/>
    public ISpanFeatures? Fill(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon, Span<uint> features)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sentence = new ChineseSentence(text, lexicon);
        var characters = new ChineseCharacterFeatures(sentence);
        for (var i = 0; i < text.Length; i++) characters.Fill(i, features.Slice(i * Width, Width));
        return new ChineseSpanFeatures(sentence);
    }

    /// <inheritdoc/>
    public IEnumerable<(int Start, int End, string Type)> Tidy(string text, IEnumerable<(int Start, int End, int Type)> found) =>
        from entity in found
        where EntityModel.IsValue(text.AsSpan(entity.Start, entity.End - entity.Start))
        let type = EntityLabels.Types[entity.Type]
        select (entity.Start, type == EntityTypes.Location ? ChineseAddress.End(text, entity.End) : entity.End, type);
}
