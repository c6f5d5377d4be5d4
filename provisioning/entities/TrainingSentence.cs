using EdgeAgent.Privacy.Entities;

namespace EntityLab;

/// <summary>Features of every span of a sentence: of those that begin at i, the rows from First[i] on, one a length.</summary>
/// <param name="Rows">[spans, width], hashes.</param>
/// <param name="First">[positions + 1].</param>
internal sealed record SpanTable(uint[] Rows, int[] First, int Width)
{
    /// <summary>How many spans there are.</summary>
    public int Count => First[^1];

    /// <summary>The longest span that begins at a position.</summary>
    public int MaxLength(int start) => First[start + 1] - First[start];

    /// <summary>The index of a span.</summary>
    public int Index(int start, int length) => First[start] + length - 1;

    public ReadOnlySpan<uint> Row(int span) => Rows.AsSpan(span * Width, Width);
}

/// <summary>A sentence as the trainer needs it.</summary>
/// <param name="Features">[positions, width], hashes; 0 stands for none.</param>
/// <param name="Labels">[positions].</param>
/// <param name="Spans">Null for features that have none.</param>
internal sealed record TrainingSentence(uint[] Features, int Width, byte[] Labels, SpanTable? Spans)
{
    public static TrainingSentence Of(Sentence sentence, IFeatures features, Lexicon lexicon)
    {
        var positions = features.Positions(sentence.Text);
        var hashes = new uint[positions.Count * features.Width];
        var spans = features.Fill(sentence.Text, positions, lexicon, hashes);
        return new TrainingSentence(hashes, features.Width, sentence.Labels(positions),
            spans is null ? null : Table(spans, positions.Count));
    }

    public ReadOnlySpan<uint> Row(int position) => Features.AsSpan(position * Width, Width);

    /// <summary>
    /// A copy without a random share of its features: the weights may not lean on one feature alone, least of all on words seen once.
    /// </summary>
    /// <param name="draws">Random numbers drawn a row of features.</param>
    public TrainingSentence Dropped(Random random, float share, (int Position, int Span) draws) => this with
    {
        Features = Dropped(Features, Width, random, share, draws.Position),
        Spans = Spans is null ? null : Spans with { Rows = Dropped(Spans.Rows, Spans.Width, random, share, draws.Span) },
    };

    private static uint[] Dropped(uint[] rows, int width, Random random, float share, int draws)
    {
        var left = (uint[])rows.Clone();
        for (var row = 0; row < left.Length; row += width)
            for (var i = 0; i < draws; i++)
                if (random.NextSingle() < share && i < width) left[row + i] = 0;
        return left;
    }

    private static SpanTable Table(ISpanFeatures spans, int count)
    {
        var first = new int[count + 1];
        for (var i = 0; i < count; i++) first[i + 1] = first[i] + Math.Min(spans.MaxLength(i), count - i);
        var rows = new uint[first[count] * spans.Width];
        for (var i = 0; i < count; i++)
            for (var length = 1; length <= first[i + 1] - first[i]; length++)
                spans.Fill(i, i + length, rows.AsSpan((first[i] + length - 1) * spans.Width, spans.Width));
        return new SpanTable(rows, first, spans.Width);
    }
}
