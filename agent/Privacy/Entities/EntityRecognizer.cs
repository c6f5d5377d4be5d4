using EdgeAgent.Privacy.Entities.Chinese;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// Persons, places and organisations by the trained models. Every line goes to the model of its script: Chinese where it has
/// Han characters, else the one for alphabets. Safe for concurrent use.
/// </summary>
internal sealed class EntityRecognizer(EntityModel chinese, EntityModel alphabet) : IRecognizer
{
    /// <summary>Names of the models in findings.</summary>
    private const string ChineseName = "entities-zh", AlphabetName = "entities-en";
    private const double Score = 0.6;

    /// <summary>
    /// Text of findings with this score, or validated ones, is hidden from the models, which might take it for part of a name.
    /// </summary>
    private const double HiddenScore = 0.75;

    private const char Hidden = '#';

    /// <summary>Rules for names that written text hardly has, and that the models have not learned.</summary>
    private readonly IReadOnlyList<IRecognizer> _rules = Rules(chinese.Lexicon);

    /// <summary>Loads the models of a directory.</summary>
    /// <exception cref="InvalidDataException">A file is no model.</exception>
    public static EntityRecognizer Load(string directory) =>
        new(EntityModel.Load(Path.Combine(directory, EntityModel.ChineseFile)),
            EntityModel.Load(Path.Combine(directory, EntityModel.AlphabetFile)));

    /// <summary>Of forms of address and both models together.</summary>
    public string Name => "entities";

    /// <summary>Any text can have a name.</summary>
    public IReadOnlyList<string> Cues => [];

    /// <param name="findings">What the patterns found; what the models find is added.</param>
    public void Find(NormalizedText text, List<Finding> findings)
    {
        foreach (var rule in _rules) rule.Find(text, findings);
        var s = Hide(text, findings);
        for (var start = 0; start < s.Length;)
        {
            var end = BlockEnd(s, start, out var isHan);
            var block = s[start..end];
            foreach (var (from, found, type) in (isHan ? chinese : alphabet).Find(block))
            {
                var to = WithoutHidden(text.Text, s, start + from, start + found) - start;
                if (to <= from || MakerNames.IsNone(text.Text, start + from, start + to, type, chinese.Lexicon)) continue;
                findings.Add(new Finding(text.Start(start + from), text.End(start + to), type, Score,
                    isHan ? ChineseName : AlphabetName, Validated: false));
            }
            start = end;
        }
    }

    private static IRecognizer[] Rules(Lexicon lexicon)
    {
        var peoples = new PeoplesNames(lexicon);
        return [new FormsOfAddress(lexicon), new DottedNames(lexicon, peoples), peoples, new SpacedNames(lexicon)];
    }

    /// <summary>Where an entity ends without the hidden text at its end: a number behind a word is found already.</summary>
    private static int WithoutHidden(string text, string hidden, int start, int end)
    {
        while (end > start && hidden[end - 1] == Hidden && text[end - 1] != Hidden) end--;
        return end;
    }

    private static string Hide(NormalizedText text, List<Finding> findings)
    {
        char[]? hidden = null;
        foreach (var f in findings)
        {
            if (!f.Validated && f.Score < HiddenScore) continue;
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
