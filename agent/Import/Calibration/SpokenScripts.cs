using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// Which scripts a student writes in: those of which its vocabulary has enough words, and in which it goes on after a first token.
/// </summary>
internal static class SpokenScripts
{
    /// <summary>Tokens a vocabulary must have of a script for the student to be tried in it.</summary>
    public const int MinTokens = 256;

    /// <summary>Texts by which a script is tried, and their tokens.</summary>
    public const int Trials = 8, TrialLength = 48;

    /// <summary>Share of the letters of those texts that must be in the script.</summary>
    private const double MinShare = 0.5;

    /// <summary>
    /// The first tokens of each script, by id, where the student writes in more than one; else none, and it may begin as it likes.
    /// </summary>
    /// <param name="open">Opens a decoder with rows for the trials; called where there is more than one script to try.</param>
    public static IReadOnlyList<bool[]> Of(WritingPlan plan, Tokenizer tokenizer, int vocabulary, ulong seed, Func<IDecoder> open)
    {
        var candidates = Script.All.Select(s => (Script: s, Tokens: s.Tokens(tokenizer, vocabulary)))
            .Where(c => c.Tokens.Count(t => t) >= MinTokens).ToList();
        if (candidates.Count < 2) return [];
        using var decoder = open();
        var spoken = candidates.Where(c =>
        {
            var trials = Enumerable.Range(0, Trials).Select(i => plan.Window(i, [c.Tokens])).ToList();
            WindowWriter.Write(decoder, trials, decoder.Context, seed, null);
            return c.Script.Share(string.Concat(trials.Select(t => tokenizer.Decode(t.Window(decoder.Context))))) >= MinShare;
        }).Select(c => c.Tokens).ToList();
        return spoken.Count > 1 ? spoken : [];
    }
}
