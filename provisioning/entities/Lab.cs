using EdgeAgent.Privacy.Entities;

namespace EntityLab;

/// <summary>What a model is trained on and measured by.</summary>
/// <param name="Training">What a training (0..) learns from.</param>
/// <param name="Log2Rows">Rows of the weight table.</param>
internal sealed record Lab(IFeatures Features, Lexicon Lexicon, Func<int, IReadOnlyList<Sentence>> Training,
    IReadOnlyList<Sentence> Development, int Log2Rows)
{
    /// <summary>Passes over the sentences of a training.</summary>
    public int Epochs { get; init; }

    /// <summary>Trainings whose weights are averaged.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>Share of features left out at each step, 0..1.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>
    /// Random numbers drawn for the dropout of a position's features, and of a span's: at least their number. More than that only
    /// keeps the sequence of earlier trainings, so that they can be repeated bit by bit.
    /// </summary>
    public required (int Position, int Span) DropoutDraws { get; init; }

    /// <summary>Operating points are tried from 0 up to this.</summary>
    public const float MaxBias = 1.5f;

    /// <summary>Distance of the operating points that are tried.</summary>
    public float Step { get; init; } = 0.25f;

    /// <summary>Weight of the characters' F2 beside the mean F1 of the types where the operating point is chosen.</summary>
    public double LeakWeight { get; init; } = 0.5;

    /// <summary>F1 of the product to surpass, by type of <see cref="EntityLabels.Types"/>.</summary>
    public required IReadOnlyList<double> Peer { get; init; }

    /// <summary>F1 of characters, whatever the type, to surpass; 0 where it is not known.</summary>
    public double PeerCharacters { get; init; }
}
