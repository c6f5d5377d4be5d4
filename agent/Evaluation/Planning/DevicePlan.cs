namespace EdgeAgent.Evaluation.Planning;

/// <summary>Answers a second of a length, with and without a shared prefix.</summary>
/// <param name="Tokens">Tokens of the answer.</param>
/// <param name="Cold">Every prompt is read whole.</param>
/// <param name="Shared">The shared part of the prompt is in the prefix cache.</param>
internal sealed record PlannedAnswers(int Tokens, double Cold, double Shared);

/// <summary>
/// What a device should do with a student, by arithmetic. A step of r rows takes W / (B s) + r (2 P / F + L K / (B s)) seconds: weights
/// W and
/// cache of L tokens of K bytes each are read at a share s of the bandwidth B, and each row costs 2 P operations at the rate F of small
/// batches. A prompt takes 2 P operations a token at the rate of prefill. With r rows in use an answer of T tokens costs T steps / r, and
/// its own prefill.
/// </summary>
internal sealed class DevicePlan(Device device, StudentSize student, int promptTokens, double sharedPrefix)
{
    public static readonly IReadOnlyList<int> AnswerTokens = [32, 64, 128];

    public Device Device { get; } = device;
    public StudentSize Student { get; } = student;
    public int PromptTokens { get; } = promptTokens;

    /// <summary>Share of the prompt that is the same for every question, 0..1.</summary>
    public double SharedPrefix { get; } = sharedPrefix;

    private double Speed => Device.Bandwidth.Value * Device.BandwidthShare.Value; // bytes a second

    private double TokenOperations => 2.0 * Student.Parameters;

    /// <summary>Seconds of one decode step.</summary>
    /// <param name="rows">Rows in use.</param>
    /// <param name="length">Tokens each row holds.</param>
    public double Step(int rows, int length) => Student.StepBytes / Speed
        + rows * (TokenOperations / Device.RowRate.Value + (double)length * Student.CacheBytes / Speed);

    /// <summary>Seconds to read prompt tokens.</summary>
    public double Prefill(double tokens) => tokens * TokenOperations / Device.PrefillRate.Value;

    /// <summary>Tokens a second that one row cannot exceed: the weights at the whole bandwidth.</summary>
    public double Ceiling => Device.Bandwidth.Value / Student.StepBytes;

    /// <summary>Rows that the memory holds at a context, 0..64.</summary>
    public int RowsIn(int context) =>
        (int)Math.Clamp((Device.Memory.Value - Student.StepBytes) / ((double)context * Student.CacheBytes), 0, 64);

    public PlannedAnswers Answers(int rows, int tokens)
    {
        var step = Step(rows, PromptTokens + tokens / 2);
        return new PlannedAnswers(tokens, 1 / (tokens * step / rows + Prefill(PromptTokens)),
            1 / (tokens * step / rows + Prefill(PromptTokens * (1 - SharedPrefix))));
    }
}
