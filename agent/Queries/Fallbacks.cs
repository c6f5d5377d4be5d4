using EdgeAgent.Answers;
using EdgeAgent.Thermal;

namespace EdgeAgent.Queries;

/// <summary>What the road knows beside the student: how hot the device is, and answers that are written down.</summary>
/// <param name="State">The thermal level and why.</param>
/// <param name="Answers">Null where there are none.</param>
public sealed record Fallbacks(Func<LadderState> State, AnswerDesk? Answers)
{
    public static readonly Fallbacks None = new(() => new LadderState(Level.L0, ""), null);

    /// <summary>Whether the student may be asked.</summary>
    public static bool MayGenerate(Level level) => level < Level.L3;

    /// <summary>Whether an answer to a question like it will do before the student is asked.</summary>
    public static bool GuessesFirst(Level level) => level >= Level.L2;

    /// <summary>Answer tokens that are left at a level.</summary>
    public static int Tokens(int asked, Level level) => level >= Level.L1 ? Math.Max(1, asked / 2) : asked;
}
