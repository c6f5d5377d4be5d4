using System.Text;
using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// Calibration text as windows of token ids. A file is plain text, or JSON lines of {"text"} or {"messages"} (through the
/// chat template), which are joined. Windows are spread evenly over the text.
/// </summary>
internal static class CalibrationText
{
    /// <summary>Tokens below which the correlations of the inputs are noise.</summary>
    public const int MinTokens = 256;

    private const int HeldBackShare = 8; // of a short text, one part in this many

    /// <param name="tokens">Tokens to calibrate on, at most.</param>
    /// <exception cref="ModelFileException">The file is missing, too short or malformed.</exception>
    public static CalibrationRun Open(ICheckpoint checkpoint, string file, TimeProvider clock,
        int tokens = CalibrationWindows.DefaultTokens)
    {
        if (!File.Exists(file)) throw new ModelFileException(file, "a calibration text", "no such file");
        var directory = Directory.CreateTempSubdirectory("edge-agent-calibration-");
        try
        {
            checkpoint.WriteTokenizer(directory.FullName);
            var tokenizer = TokenizerFile.Load(Path.Combine(directory.FullName, Bundle.TokenizerFileName));
            var template = new Lazy<ChatTemplate>(() =>
                new ChatTemplate(ModelFile.ReadText(Path.Combine(directory.FullName, Bundle.ChatTemplateFileName)), clock));
            var ids = tokenizer.Encode(Read(file, template), addSpecial: false);
            if (ids.Length < MinTokens)
                throw new ModelFileException(file, $"a calibration text of at least {MinTokens} tokens", $"{ids.Length}");
            foreach (var id in ids)
                if (id >= checkpoint.Architecture.Vocabulary)
                    throw new ModelFileException(file, $"token ids below {checkpoint.Architecture.Vocabulary}", $"{id}");
            var a = checkpoint.Architecture;
            var (prefix, window) = (tokenizer.Encode("", addSpecial: true), Math.Min(CalibrationWindows.Length, a.Context));
            var held = Math.Min(CalibrationWindows.HeldBackTokens, ids.Length / HeldBackShare);
            return new CalibrationRun(checkpoint, new CalibrationWindows(
                Windows(ids[..^held], prefix, window, CalibrationWindows.Count(tokens, window, a.Hidden)),
                Windows(ids[^held..], prefix, window, CalibrationWindows.Count(held, window, a.Hidden)), $"of {Path.GetFileName(file)}"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Windows of the same length, each preceded by the prefix; the first starts where the text starts, the last ends where it ends.
    /// </summary>
    public static IReadOnlyList<int[]> Windows(int[] ids, int[] prefix, int window, int maxWindows)
    {
        var body = Math.Min(window - prefix.Length, ids.Length);
        var count = Math.Min(maxWindows, ids.Length / body);
        return [.. Enumerable.Range(0, count)
            .Select(i => (int[])[.. prefix, .. ids.AsSpan((int)(count == 1 ? 0 : (long)(ids.Length - body) * i / (count - 1)), body)])];
    }

    private static string Read(string file, Lazy<ChatTemplate> template)
    {
        if (!file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)) return ModelFile.ReadText(file);
        var text = new StringBuilder();
        var number = 0;
        foreach (var line in TextFile.ReadLines(file))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var document = JsonDocument.Parse(line);
                var root = document.RootElement;
                if (root.TryGetProperty("messages", out var messages))
                    text.Append(
                        template.Value.Render(
                            [.. messages.EnumerateArray()
                                .Select(m => new ChatTurn(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!))],
                            addGenerationPrompt: false, new Dictionary<string, object?> { ["bos_token"] = "", ["eos_token"] = "" }));
                else text.Append(root.GetProperty("text").GetString()).Append('\n');
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or TemplateException)
            {
                throw new ModelFileException(file, $"\"text\" or \"messages\" in line {number}", e.Message, e);
            }
        }
        return text.ToString();
    }
}
