using EdgeAgent.Answers;
using EdgeAgent.Thermal;

namespace EdgeAgent.Queries;

/// <summary>
/// What the road knows beside the student: how hot the device is, and answers that are written down.
/// </summary>
/// <param name="State">The thermal level and why.</param>
/// <param name="Answers">Null where there are none.</param>
/// <param name="Cut">Ends running answers when the device is too hot; null: never.</param>
/// <param name="Joules">Energy one row of the batch has got so far; null where nobody knows.</param>
internal sealed record Fallbacks(Func<LadderState> State, AnswerCache? Answers, ThermalCutoff? Cut = null, Func<double?>? Joules = null)
{
    public static readonly Fallbacks None = new(() => new LadderState(Level.L0, ""), null);

    /// <summary>Whether the student may be asked.</summary>
    public static bool MayGenerate(Level level) => level < Level.L3;

    /// <summary>Whether an answer to a question like it will do before the student is asked.</summary>
    public static bool GuessesFirst(Level level) => level >= Level.L2;

    /// <summary>Answer tokens that are left at a level.</summary>
    public static int Tokens(int asked, Level level) => level >= Level.L1 ? Math.Max(1, asked / 2) : asked;

    private const string SentenceEnds = "。！？!?\n";

    /// <summary>
    /// Where the last sentence of a text ends; 0 where none has ended. A point ends one only before a blank or at the end.
    /// </summary>
    public static int SentenceEnd(ReadOnlySpan<char> text)
    {
        for (var i = text.Length - 1; i >= 0; i--)
            if (SentenceEnds.Contains(text[i], StringComparison.Ordinal)
                || text[i] == '.' && (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1]))) return i + 1;
        return 0;
    }
}
