using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Crf;

namespace EntityLab;

/// <summary>A step of a linear-chain field up the log likelihood of one sentence.</summary>
internal static class ChainStep
{
    private const int Labels = EntityLabels.Count;

    /// <summary>Steps, and returns the negative log likelihood before the step.</summary>
    public static double Learn(AdaGrad weights, TrainingSentence sentence)
    {
        var count = sentence.Labels.Length;
        var emissions = new float[count * Labels];
        for (var i = 0; i < count; i++) weights.Sum(sentence.Row(i), emissions.AsSpan(i * Labels, Labels));
        var field = new LinearChainCrf(emissions, weights.Transitions);
        double gold = 0;
        Span<float> gradient = stackalloc float[Labels], pairs = stackalloc float[Labels * Labels];
        pairs.Clear();
        for (var i = 0; i < count; i++)
        {
            int label = sentence.Labels[i];
            gold += emissions[i * Labels + label] + (i > 0 ? weights.Transitions[sentence.Labels[i - 1] * Labels + label] : 0);
            for (var l = 0; l < Labels; l++) gradient[l] = (l == label ? 1 : 0) - (float)field.Probability(i, l);
            weights.Step(sentence.Row(i), gradient);
            if (i == 0) continue;
            for (var p = 0; p < Labels; p++)
                for (var l = 0; l < Labels; l++) pairs[p * Labels + l] -= (float)field.Probability(i, p, l);
            pairs[sentence.Labels[i - 1] * Labels + label]++;
        }
        weights.StepTransitions(pairs);
        return field.LogPartition - gold;
    }
}
