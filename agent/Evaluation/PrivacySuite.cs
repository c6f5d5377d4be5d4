using System.Text;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;

namespace EdgeAgent.Evaluation;

/// <summary>Exact spans of a type: right ones, found ones, labelled ones.</summary>
internal sealed record TypeScore(int Right, int Found, int Expected)
{
    public double F1 => Right == 0 ? 0 : 2.0 * Right / (Found + Expected);
}

/// <summary>
/// How well personal data is found in labelled texts. Letters and digits count as characters; a value leaks when any letter or
/// digit of it survives; dates, nationalities, titles, prefixes and ages count neither way. ByType counts exact spans with the
/// right type, of the types the file labels; false alarms are what is found in texts without any labelled span, by KB (1,024
/// bytes of UTF-8); NaN without such texts.
/// </summary>
internal sealed record PrivacyScores(int Texts, double CharacterPrecision, double CharacterRecall, double SpanPrecision, double SpanRecall,
    int Values, int Leaked, double MillisecondsPerText, IReadOnlyDictionary<string, TypeScore> ByType, double FalseAlarmsPerKilobyte)
{
    private static readonly HashSet<string> Uncounted = ["DATE_TIME", "NRP", "TITLE", "PREFIX", "AGE"];

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

    public double CharacterF2 => F2(CharacterPrecision, CharacterRecall);
    public double SpanF2 => F2(SpanPrecision, SpanRecall);

    private static double F2(double p, double r) => p + r > 0 ? 5 * p * r / (4 * p + r) : 0;

    /// <exception cref="ModelFileException">Not a file of that shape.</exception>
    public static PrivacyScores Measure(Desensitizer desensitizer, string path, TimeProvider clock)
    {
        var texts = LabelledTexts.Load(path);
        foreach (var (text, _) in texts.Take(50)) desensitizer.Find(text); // warm-up
        var start = clock.GetTimestamp();
        var found = texts.ConvertAll(t => desensitizer.Find(t.Text));
        var elapsed = clock.GetElapsedTime(start).TotalMilliseconds / Math.Max(1, texts.Count);
        long right = 0, marked = 0, expected = 0;
        var byType = new SortedDictionary<string, TypeScore>(StringComparer.Ordinal);
        long clean = 0, alarms = 0;
        int spansRight = 0, spansFound = 0, spansExpected = 0, leaked = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            var (text, spans) = texts[i];
            bool[] mine = new bool[text.Length], theirs = new bool[text.Length], skip = new bool[text.Length];
            foreach (var f in found[i]) mine.AsSpan(f.Start, f.Length).Fill(true);
            foreach (var s in spans) (Uncounted.Contains(s.Type) ? skip : theirs).AsSpan(s.Start, s.End - s.Start).Fill(true);
            for (var c = 0; c < text.Length; c++)
            {
                if (!char.IsLetterOrDigit(text[c]) || skip[c] && !theirs[c]) continue;
                if (mine[c]) marked++;
                if (theirs[c]) expected++;
                if (mine[c] && theirs[c]) right++;
            }
            var wanted = spans.Where(s => !Uncounted.Contains(s.Type)).ToList();
            var set = wanted.Select(s => (s.Start, s.End, Name(s.Type))).ToHashSet();
            spansExpected += wanted.Count;
            foreach (var (from, end, type) in wanted)
            {
                var score = byType.GetValueOrDefault(Name(type), NoScore);
                byType[Name(type)] =
                    score with
                    {
                        Right = score.Right
                        + (found[i].Any(f => f.Start == from && f.End == end && Name(f.Type) == Name(type)) ? 1 : 0),
                        Expected = score.Expected + 1
                    };
            }
            if (spans.Count == 0)
            {
                clean += Encoding.UTF8.GetByteCount(text);
                alarms += found[i].Count;
            }
            foreach (var f in found[i])
            {
                if (Enumerable.Range(f.Start, f.Length).All(c => skip[c] && !theirs[c] || !char.IsLetterOrDigit(text[c]))) continue;
                spansFound++;
                if (set.Contains((f.Start, f.End, Name(f.Type)))) spansRight++;
            }
            leaked += wanted.Count(s => Enumerable.Range(s.Start, s.End - s.Start).Any(c => char.IsLetterOrDigit(text[c]) && !mine[c]));
        }
        foreach (var group in found.SelectMany(f => f).GroupBy(f => Name(f.Type)))
            if (byType.TryGetValue(group.Key, out var score)) byType[group.Key] = score with { Found = group.Count() };
        static double Share(double part, double whole) => whole > 0 ? part / whole : 0;
        return new PrivacyScores(texts.Count, Share(right, marked), Share(right, expected), Share(spansRight, spansFound),
            Share(spansRight, spansExpected), spansExpected, leaked, elapsed, byType, clean > 0 ? alarms / (clean / 1024.0) : double.NaN);
    }

    private static string Name(string type) => Names.GetValueOrDefault(type, type);
}
