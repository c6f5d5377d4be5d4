namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// Persons, places and organisations by the trained models. Every line goes to the model of its script: Chinese where it has
/// Han characters, else the one for alphabets.
/// </summary>
internal sealed class EntityRecognizer(EntityModel han, EntityModel words)
{
    public const string HanName = "entities-zh", WordsName = "entities-en", HanFile = "zh.entities", WordsFile = "en.entities";
    private const double Score = 0.6;

    /// <summary>The models beside the binary.</summary>
    /// <exception cref="InvalidDataException">A file is no model.</exception>
    public static EntityRecognizer Load(string directory) =>
        new(EntityModel.Load(Path.Combine(directory, HanFile)), EntityModel.Load(Path.Combine(directory, WordsFile)));

    /// <summary>Patterns as sure as this are not shown to the models, which might take them for part of a name.</summary>
    private const double Sure = 0.75;

    private const char Hidden = '#';

    private readonly FormsOfAddress _forms = new(han.Lexicon);

    /// <param name="findings">What the patterns found; what the models find is added.</param>
    public void Find(NormalizedText text, List<Finding> findings)
    {
        _forms.Find(text, findings);
        var s = Hide(text, findings);
        for (var start = 0; start < s.Length;)
        {
            var end = BlockEnd(s, start, out var isHan);
            var block = s[start..end];
            foreach (var (from, to, type) in (isHan ? han : words).Find(block))
            {
                findings.Add(new Finding(text.Start(start + from), text.End(start + to), type, Score, isHan ? HanName : WordsName,
                    Validated: false));
            }
            start = end;
        }
    }

    private static string Hide(NormalizedText text, List<Finding> findings)
    {
        char[]? hidden = null;
        foreach (var f in findings)
        {
            if (!f.Validated && f.Score < Sure) continue;
            hidden ??= text.Text.ToCharArray();
            var (from, to) = (text.IndexOf(f.Start), text.IndexOf(f.End));
            hidden.AsSpan(from, to - from).Fill(Hidden);
        }
        return hidden is null ? text.Text : new string(hidden);
    }

    /// <summary>Neighbouring lines of one script go together, since addresses run over lines.</summary>
    private static int BlockEnd(string s, int start, out bool isHan)
    {
        var end = LineEnd(s, start);
        isHan = HasHan(s.AsSpan(start, end - start));
        while (end < s.Length)
        {
            var next = LineEnd(s, end);
            var line = s.AsSpan(end, next - end);
            if (line.ContainsAnyLetter() && HasHan(line) != isHan) break;
            end = next;
        }
        return end;
    }

    private static int LineEnd(string s, int start) => s.IndexOf('\n', start) is var at && at < 0 ? s.Length : at + 1;

    private static bool HasHan(ReadOnlySpan<char> text) => text.ContainsAnyInRange('\u4e00', '\u9fff');
}

internal static class LetterSpans
{
    public static bool ContainsAnyLetter(this ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (char.IsLetter(c)) return true;
        return false;
    }
}
