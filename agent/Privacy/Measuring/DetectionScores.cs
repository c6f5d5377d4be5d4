using System.Text;

namespace EdgeAgent.Privacy.Measuring;

/// <summary>
/// Counts how well entities are found in labelled texts. Letters and digits count as characters. A value leaks when any letter or
/// digit of it survives. Dates, nationalities, titles, prefixes and ages count neither way.
/// </summary>
public sealed class DetectionScores
{
    private static readonly HashSet<string> Uncounted = ["DATE_TIME", "NRP", "TITLE", "PREFIX", "AGE"];

    /// <summary>Names of types in common data sets, and ours.</summary>
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

    private readonly SortedDictionary<string, MatchCounts> _byType = new(StringComparer.Ordinal);

    /// <summary>Exact spans with the right type, by type: all that were found or are labelled.</summary>
    public IReadOnlyDictionary<string, MatchCounts> ByType => _byType;

    /// <summary>Letters and digits, whatever the type.</summary>
    public MatchCounts Characters { get; private set; }

    /// <summary>Exact spans with the right type; found spans without a letter or digit that counts are left out.</summary>
    public MatchCounts Spans { get; private set; }

    /// <summary>Labelled values of which a letter or digit was not found.</summary>
    public int Leaked { get; private set; }

    /// <summary>Findings in texts without any labelled span.</summary>
    public int FalseAlarms { get; private set; }

    /// <summary>Bytes of UTF-8 of the texts without any labelled span.</summary>
    public long CleanBytes { get; private set; }

    /// <summary>Counts one text.</summary>
    /// <param name="text">With its labelled spans.</param>
    /// <param name="found">UTF-16 positions, end exclusive.</param>
    public void Add(LabelledText text, IReadOnlyList<(int Start, int End, string Type)> found)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(found);
        var marks = new Marks(text, found);
        var expected = text.Spans.Where(s => !Uncounted.Contains(s.Type)).Select(s => (s.Start, s.End, Type: Name(s.Type))).ToList();
        var named = found.Select(f => (f.Start, f.End, Type: Name(f.Type))).ToList();
        Characters += marks.Count();
        Leaked += expected.Count(e => marks.Leaks(e.Start, e.End));
        var (isExpected, isFound) = (expected.ToHashSet(), named.ToHashSet());
        foreach (var e in expected) Count(e.Type, new MatchCounts(isFound.Contains(e) ? 1 : 0, 0, 1));
        foreach (var f in named) Count(f.Type, new MatchCounts(0, 1, 0));
        var counted = named.Where(f => marks.Counts(f.Start, f.End)).ToList();
        Spans += new MatchCounts(counted.Count(isExpected.Contains), counted.Count, expected.Count);
        if (text.Spans.Count > 0) return;
        CleanBytes += Encoding.UTF8.GetByteCount(text.Text);
        FalseAlarms += found.Count;
    }

    private void Count(string type, MatchCounts counts) => _byType[type] = _byType.GetValueOrDefault(type) + counts;

    private static string Name(string type) => Names.GetValueOrDefault(type, type);

    /// <summary>The characters of a text that were found, are labelled, and do not count.</summary>
    private sealed class Marks
    {
        private readonly string _text;
        private readonly bool[] _found, _expected, _skipped;

        public Marks(LabelledText text, IReadOnlyList<(int Start, int End, string Type)> found)
        {
            _text = text.Text;
            (_found, _expected, _skipped) = (new bool[_text.Length], new bool[_text.Length], new bool[_text.Length]);
            foreach (var f in found) _found.AsSpan(f.Start, f.End - f.Start).Fill(true);
            foreach (var s in text.Spans)
                (Uncounted.Contains(s.Type) ? _skipped : _expected).AsSpan(s.Start, s.End - s.Start).Fill(true);
        }

        public MatchCounts Count()
        {
            long right = 0, found = 0, expected = 0;
            for (var c = 0; c < _text.Length; c++)
            {
                if (!Counts(c)) continue;
                if (_found[c]) found++;
                if (_expected[c]) expected++;
                if (_found[c] && _expected[c]) right++;
            }
            return new MatchCounts(right, found, expected);
        }

        public bool Counts(int start, int end)
        {
            for (var c = start; c < end; c++)
                if (Counts(c)) return true;
            return false;
        }

        public bool Leaks(int start, int end)
        {
            for (var c = start; c < end; c++)
                if (char.IsLetterOrDigit(_text[c]) && !_found[c]) return true;
            return false;
        }

        private bool Counts(int c) => char.IsLetterOrDigit(_text[c]) && (!_skipped[c] || _expected[c]);
    }
}
