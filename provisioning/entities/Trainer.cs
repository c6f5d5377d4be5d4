using EdgeAgent.Privacy.Entities.Crf;

namespace EntityLab;

/// <summary>
/// Trains a conditional random field by stochastic gradients of the log likelihood, sentence by sentence: a semi-Markov field where
/// the features describe spans, else a linear chain. Weights are averaged over the last epochs. Deterministic for a seed.
/// </summary>
internal sealed class Trainer(Lab lab, float rate, float decay)
{
    /// <summary>One of so many epochs, the last ones, is averaged.</summary>
    private const int AveragedShare = 3;

    private readonly AdaGrad _weights = new(lab.Log2Rows, rate, decay);

    /// <summary>One training.</summary>
    /// <returns>
    /// Mean weights [rows, <see cref="CrfWeights.Stride"/>] and transitions [labels, labels] of the last third of the epochs, and
    /// the last epoch's loss a sentence.
    /// </returns>
    public (float[] Weights, float[] Transitions, double Loss) Train(IReadOnlyList<Sentence> sentences, int seed)
    {
        var prepared = sentences.Select(s => TrainingSentence.Of(s, lab.Features, lab.Lexicon)).ToArray();
        float[] mean = new float[_weights.Weights.Length], transitionMean = new float[_weights.Transitions.Length];
        var averaged = Math.Max(1, lab.Epochs / AveragedShare);
        var order = Enumerable.Range(0, prepared.Length).ToArray();
        double loss = 0;
        for (var epoch = 0; epoch < lab.Epochs; epoch++)
        {
            var random = new Random(seed + epoch);
            random.Shuffle(order);
            loss = 0;
            foreach (var i in order)
                if (prepared[i].Labels.Length > 0) loss += Learn(prepared[i].Dropped(random, lab.Dropout, lab.DropoutDraws));
            if (epoch < lab.Epochs - averaged) continue;
            for (var i = 0; i < mean.Length; i++) mean[i] += _weights.Weights[i] / averaged;
            for (var i = 0; i < transitionMean.Length; i++) transitionMean[i] += _weights.Transitions[i] / averaged;
        }
        return (mean, transitionMean, loss / prepared.Length);
    }

    /// <summary>One step on one sentence; returns its negative log likelihood.</summary>
    private double Learn(TrainingSentence sentence) =>
        sentence.Spans is { } spans ? SegmentStep.Learn(_weights, sentence, spans) : ChainStep.Learn(_weights, sentence);
}
