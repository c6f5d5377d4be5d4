using System.Text;
using EdgeAgent.Privacy;

namespace EdgeAgent.Evaluation;

/// <summary>
/// Counts what was found in labelled texts. Only letters and digits count as characters. A value leaks when any letter or digit
/// of it was not found. Dates, nationalities, titles, prefixes and ages count neither as right nor as wrong.
/// </summary>
internal sealed class PrivacyCounts
{
    private const double Kilobyte = 1024;

    private static readonly HashSet<string> Uncounted = ["DATE_TIME", "NRP", "TITLE", "PREFIX", "AGE"];

    /// <summary>Names that other data sets have for our types.</summary>
    private static readonly Dictionary<string, string> Names = new()
    {
        ["ADDRESS"] = EntityTypes.Location,
        ["STREET_ADDRESS"] = EntityTypes.Location,
        ["GPE"] = EntityTypes.Location,
        ["LOC"] = EntityTypes.Location,
        ["PHONE_NUMBER"] = EntityTypes.Phone,
        ["EMAIL_ADDRESS"] = EntityTypes.Email,
        ["IBAN_CODE"] = EntityTypes.Iban,
        ["DOMAIN_NAME"] = EntityTypes.Url,
        ["US_DRIVER_LICENSE"] = EntityTypes.DriverLicense,
        [EntityTypes.BankCard] = EntityTypes.CreditCard,
        ["ORG"] = EntityTypes.Organization,
        ["PER"] = EntityTypes.Person,
    };

    private static readonly TypeScore NoScore = new(0, 0, 0);

    private readonly SortedDictionary<string, TypeScore> _byType = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _found = new(StringComparer.Ordinal);
    private long _charactersRight, _charactersFound, _charactersExpected, _cleanBytes, _falseAlarms;
    private int _spansRight, _spansFound, _values, _leaked;

    public void Add(LabelledText labelled, IReadOnlyList<Finding> findings)
    {
        var (text, spans) = labelled;
        bool[] found = new bool[text.Length], expected = new bool[text.Length], skipped = new bool[text.Length];
        foreach (var f in findings) found.AsSpan(f.Start, f.Length).Fill(true);
        foreach (var s in spans) (Uncounted.Contains(s.Type) ? skipped : expected).AsSpan(s.Start, s.End - s.Start).Fill(true);
        var values = spans.Where(s => !Uncounted.Contains(s.Type)).Select(s => (s.Start, s.End, Type: Name(s.Type))).ToList();
        AddCharacters(text, found, expected, skipped);
        AddTypes(values, findings);
        _values += values.Count;
        _leaked += values.Count(v => Enumerable.Range(v.Start, v.End - v.Start).Any(c => char.IsLetterOrDigit(text[c]) && !found[c]));
        foreach (var f in findings)
        {
            if (Enumerable.Range(f.Start, f.Length).All(c => skipped[c] && !expected[c] || !char.IsLetterOrDigit(text[c]))) continue;
            _spansFound++;
            if (values.Contains((f.Start, f.End, Name(f.Type)))) _spansRight++;
        }
        if (spans.Count > 0) return;
        _cleanBytes += Encoding.UTF8.GetByteCount(text);
        _falseAlarms += findings.Count;
    }

    public PrivacyScores Scores(int texts, TimeSpan elapsed)
    {
        var byType = new SortedDictionary<string, TypeScore>(
            _byType.ToDictionary(t => t.Key, t => t.Value with { Found = _found.GetValueOrDefault(t.Key) }), StringComparer.Ordinal);
        return new PrivacyScores(texts, Share(_charactersRight, _charactersFound), Share(_charactersRight, _charactersExpected),
            Share(_spansRight, _spansFound), Share(_spansRight, _values), _values, _leaked,
            elapsed.TotalMilliseconds / Math.Max(1, texts), byType,
            _cleanBytes > 0 ? _falseAlarms / (_cleanBytes / Kilobyte) : double.NaN);
    }

    private void AddCharacters(string text, bool[] found, bool[] expected, bool[] skipped)
    {
        for (var c = 0; c < text.Length; c++)
        {
            if (!char.IsLetterOrDigit(text[c]) || skipped[c] && !expected[c]) continue;
            if (found[c]) _charactersFound++;
            if (expected[c]) _charactersExpected++;
            if (found[c] && expected[c]) _charactersRight++;
        }
    }

    private void AddTypes(List<(int Start, int End, string Type)> values, IReadOnlyList<Finding> findings)
    {
        foreach (var (start, end, type) in values)
        {
            var score = _byType.GetValueOrDefault(type, NoScore);
            var right = findings.Any(f => f.Start == start && f.End == end && Name(f.Type) == type);
            _byType[type] = score with { Right = score.Right + (right ? 1 : 0), Expected = score.Expected + 1 };
        }
        foreach (var f in findings) _found[Name(f.Type)] = _found.GetValueOrDefault(Name(f.Type)) + 1;
    }

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;

    private static string Name(string type) => Names.GetValueOrDefault(type, type);
}
