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
    /// <summary>
    /// Tokens of a window and the number of windows: more of either costs time and gains little (Frantar et al. 2023: 128 x 2048).
    /// </summary>
    public const int Window = 512, MaxWindows = 64;

    /// <summary>Largest residual stream, elements of float32. It is held twice: 256 MB each.</summary>
    private const long MaxStateElements = 1 << 26;

    /// <summary>Tokens below which the correlations of the inputs are noise.</summary>
    public const int MinTokens = 256;

    /// <exception cref="ModelFileException">The file is missing, too short or malformed.</exception>
    public static CalibrationRun Open(ICheckpoint checkpoint, string file, TimeProvider clock)
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
            return new CalibrationRun(checkpoint,
                Windows(ids, tokenizer.Encode("", addSpecial: true), Math.Min(Window, checkpoint.Architecture.Context),
                    (int)Math.Max(1, MaxStateElements / Window / checkpoint.Architecture.Hidden)));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>
    /// At most <see cref="MaxWindows"/> windows of the same length, each preceded by the prefix; the first starts where the text
    /// starts, the last ends where it ends.
    /// </summary>
    public static IReadOnlyList<int[]> Windows(int[] ids, int[] prefix, int window, int maxWindows = MaxWindows)
    {
        var body = Math.Min(window - prefix.Length, ids.Length);
        var count = Math.Min(Math.Min(maxWindows, MaxWindows), ids.Length / body);
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
