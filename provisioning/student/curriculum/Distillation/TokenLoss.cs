namespace EdgeAgent.Lab;

/// <summary>How a student is trained: shares of the two losses, and the temperature of the first.</summary>
/// <param name="Kl">Share of KL(teacher || student), 0 to 1.</param>
/// <param name="Task">Share of the cross-entropy of the right token, 0 to 1.</param>
/// <param name="Temperature">Both sides' logits are divided by it in the KL term, which is multiplied by its square (Hinton 2015).</param>
internal sealed record LossShares(double Kl, double Task, double Temperature)
{
    public static readonly LossShares TaskOnly = new(0, 1, 1), KlOnly = new(1, 0, 1.5), Both = new(0.7, 0.3, 1.5), OnPolicy = new(1, 0, 1);
}

/// <summary>
/// The loss of one token and its gradient by the student's logits. The teacher's tail is one event more: the student's probability
/// of all tokens outside the teacher's top k. Pure.
/// </summary>
internal static class TokenLoss
{
    private const double Smallest = 1e-9;

    /// <summary>Adds the weighted gradient to <paramref name="gradient"/> and returns the weighted loss, in nats.</summary>
    /// <param name="logits">The student's, [vocabulary].</param>
    /// <param name="target">The right token.</param>
    /// <param name="teacher">What the teacher says at the shares' temperature; null where it was not asked: only the task counts.</param>
    /// <param name="weight">Of this token in the batch, 0 or more.</param>
    /// <param name="gradient">[vocabulary]</param>
    public static double Add(ReadOnlySpan<float> logits, int target, TeacherToken? teacher, LossShares shares, double weight,
        Span<float> gradient)
    {
        double loss = 0;
        if (shares.Task > 0) loss += AddTask(logits, target, weight * shares.Task, gradient);
        if (shares.Kl > 0 && teacher is not null) loss += AddKl(logits, teacher, shares.Temperature, weight * shares.Kl, gradient);
        return loss;
    }

    /// <summary>-log q(target); its gradient is q less 1 at the target.</summary>
    private static double AddTask(ReadOnlySpan<float> logits, int target, double weight, Span<float> gradient)
    {
        var (max, sum) = Sum(logits, 1);
        for (var i = 0; i < logits.Length; i++) gradient[i] += (float)(weight * MathF.Exp(logits[i] - max) / sum);
        gradient[target] -= (float)weight;
        return weight * (Math.Log(sum) + max - logits[target]);
    }

    /// <summary>
    /// T^2 KL(p || q) over the top k and the tail. Its gradient is T (q - p) for a token of the top k, and T q (1 - p_tail / q_tail)
    /// for one of the tail.
    /// </summary>
    private static double AddKl(ReadOnlySpan<float> logits, TeacherToken teacher, double t, double weight, Span<float> gradient)
    {
        var (max, sum) = Sum(logits, t);
        double loss = 0, kept = 0;
        for (var i = 0; i < teacher.Ids.Length; i++)
        {
            var q = Math.Exp((logits[teacher.Ids[i]] - max) / t) / sum;
            kept += q;
            if (teacher.Probabilities[i] > 0) loss += teacher.Probabilities[i] * Math.Log(teacher.Probabilities[i] / Math.Max(q, Smallest));
        }
        var tail = Math.Max(Smallest, 1 - kept);
        if (teacher.Tail > 0) loss += teacher.Tail * Math.Log(teacher.Tail / tail);
        double scale = weight * t, inTail = scale * (1 - teacher.Tail / tail) / sum;
        var inverse = (float)(1 / t);
        for (var i = 0; i < logits.Length; i++) gradient[i] += (float)(inTail * MathF.Exp((logits[i] - max) * inverse));
        for (var i = 0; i < teacher.Ids.Length; i++)
        {
            var e = Math.Exp((logits[teacher.Ids[i]] - max) / t);
            gradient[teacher.Ids[i]] += (float)(scale * (e / sum - teacher.Probabilities[i]) - inTail * e);
        }
        return weight * t * t * loss;
    }

    private static (float Max, double Sum) Sum(ReadOnlySpan<float> logits, double temperature)
    {
        var max = float.NegativeInfinity;
        foreach (var logit in logits) max = Math.Max(max, logit);
        var inverse = (float)(1 / temperature);
        double sum = 0;
        foreach (var logit in logits) sum += MathF.Exp((logit - max) * inverse);
        return (max, sum);
    }
}
