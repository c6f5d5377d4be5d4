using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Crf;

namespace EntityLab;

/// <summary>
/// The weights of a field in training, moved by AdaGrad steps (Duchi et al. 2011) with decay: a row of label weights for each hash
/// of a feature, and a weight for each pair of labels.
/// </summary>
internal sealed class AdaGrad(int log2Rows, float rate, float decay)
{
    private const int Labels = EntityLabels.Count;

    /// <summary>Smaller gradients are no step; added to the sum of squares.</summary>
    private const float MinGradient = 1e-5f, Smoothing = 1e-2f;

    private readonly uint _mask = (1u << log2Rows) - 1;
    private readonly float[] _squares = new float[(1 << log2Rows) * CrfWeights.Stride];
    private readonly float[] _transitionSquares = new float[Labels * Labels];

    /// <summary>[rows, <see cref="CrfWeights.Stride"/>].</summary>
    public float[] Weights { get; } = new float[(1 << log2Rows) * CrfWeights.Stride];

    /// <summary>[labels, labels].</summary>
    public float[] Transitions { get; } = new float[Labels * Labels];

    /// <summary>Adds the label weights of features.</summary>
    /// <param name="features">Hashes; 0 stands for none.</param>
    /// <param name="scores">[labels].</param>
    public void Sum(ReadOnlySpan<uint> features, Span<float> scores)
    {
        foreach (var feature in features)
        {
            if (feature == 0) continue;
            var row = Weights.AsSpan(Row(feature), CrfWeights.Stride);
            for (var l = 0; l < Labels; l++) scores[l] += row[l];
        }
    }

    /// <summary>A step of all label weights of features.</summary>
    /// <param name="gradient">[labels].</param>
    public void Step(ReadOnlySpan<uint> features, ReadOnlySpan<float> gradient)
    {
        foreach (var feature in features)
            if (feature != 0)
                for (var l = 0; l < Labels; l++) Step(Weights, _squares, Row(feature) + l, gradient[l]);
    }

    /// <summary>A step of one label's weight of features.</summary>
    public void Step(ReadOnlySpan<uint> features, int label, float gradient)
    {
        foreach (var feature in features)
            if (feature != 0) Step(Weights, _squares, Row(feature) + label, gradient);
    }

    /// <summary>A step of the weights of pairs of labels.</summary>
    /// <param name="gradient">[labels, labels].</param>
    public void StepTransitions(ReadOnlySpan<float> gradient)
    {
        for (var i = 0; i < gradient.Length; i++) Step(Transitions, _transitionSquares, i, gradient[i]);
    }

    private int Row(uint feature) => (int)(feature & _mask) * CrfWeights.Stride;

    private void Step(float[] weights, float[] squares, int index, float gradient)
    {
        if (MathF.Abs(gradient) < MinGradient) return;
        gradient -= decay * weights[index];
        squares[index] += gradient * gradient;
        weights[index] += rate * gradient / MathF.Sqrt(squares[index] + Smoothing);
    }
}
