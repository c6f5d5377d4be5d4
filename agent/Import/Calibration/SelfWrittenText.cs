using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Calibration;

/// <summary>How a student writes its own calibration text.</summary>
internal sealed record SelfWrittenOptions
{
    /// <summary>Tokens to calibrate on; those held back are written in addition. 512..1,048,576.</summary>
    public int Tokens { get; init; } = CalibrationWindows.DefaultTokens;

    /// <summary>Of the random draws; the same seed gives the same text on the same machine.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Called with the tokens written since the last call, and those of the whole text.</summary>
    public Action<int, int>? Progress { get; init; }
}

/// <summary>
/// Calibration text that the student writes itself, drawn from its own distribution (Liu et al. 2024, LLM-QAT; Williams et al. 2025):
/// every second window is a document that follows a start token, the others are conversations through its chat template, in which it
/// makes up the questions too (Xu et al. 2025, Magpie). A student that writes more than one script does so in equal parts.
/// </summary>
internal static class SelfWrittenText
{
    /// <summary>Bytes of key/value cache while writing: bounds the windows that are written at a time.</summary>
    private const long MaxCacheBytes = 512L << 20;

    private const int MaxRows = 64;

    /// <param name="directory">The bundle being built: has the text side, and room for the student in 8 bits.</param>
    /// <exception cref="ModelFileException">The student's output is no numbers, or its text side cannot be used.</exception>
    public static CalibrationRun Open(ICheckpoint checkpoint, string directory, SelfWrittenOptions options, TimeProvider clock)
    {
        var a = checkpoint.Architecture;
        var text = StudentText.Load(directory, a.Vocabulary, foreign: false, clock);
        using var draft = new Draft(checkpoint, directory, clock);
        var plan = new WritingPlan(text, StudentText.Variables(directory), draft.Bundle.Manifest.EosIds);
        // one token more than a window: the start token is no part of it where the tokenizer adds none
        int length = Math.Min(CalibrationWindows.Length + 1, a.Context), window = Math.Min(CalibrationWindows.Length, a.Context);
        int used = CalibrationWindows.Count(options.Tokens, window, a.Hidden),
            held = CalibrationWindows.Count(Math.Min(CalibrationWindows.HeldBackTokens, options.Tokens / 8), window, a.Hidden);
        try
        {
            var scripts = SpokenScripts.Of(plan, text.Tokenizer, a.Vocabulary, options.Seed,
                () => draft.Decoder(SpokenScripts.Trials, Math.Min(SpokenScripts.TrialLength, a.Context)));
            var windows = Enumerable.Range(0, used + held).Select(i => plan.Window(i, scripts)).ToList();
            var total = windows.Count * length;
            using (var decoder = draft.Decoder(Rows(a, windows.Count, length), length))
                WindowWriter.Write(decoder, windows, length, options.Seed, written => options.Progress?.Invoke(written, total));
            var ids = windows.ConvertAll(w => w.Window(window));
            return new CalibrationRun(checkpoint, new CalibrationWindows(ids[..used], ids[used..], "the student wrote"));
        }
        catch (LogitsException e)
        {
            throw new ModelFileException(checkpoint.Source, "a student that writes text to calibrate on", e.Message, e);
        }
    }

    /// <summary>Rows that fit the cache, in batches of about the same size.</summary>
    private static int Rows(Architecture a, int windows, int length)
    {
        var bytes = 2L * a.Layers * a.KvHeads * a.HeadSize * sizeof(float) * length;
        var rows = (int)Math.Clamp(MaxCacheBytes / bytes, 1, Math.Min(MaxRows, windows));
        var batches = (windows + rows - 1) / rows;
        return (windows + batches - 1) / batches;
    }
}
