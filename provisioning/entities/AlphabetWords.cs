using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;
using EdgeAgent.Privacy.Entities.Alphabets;
using EdgeAgent.Privacy.Measuring;

namespace EntityLab;

/// <summary>
/// What the lists and the labelled sentences of alphabets give: classes of words (<see cref="AlphabetLexicon"/>, in lower case),
/// names of which sentences are made up, and common words.
/// </summary>
internal sealed class AlphabetWords
{
    /// <summary>A common word stands more often than this in running text.</summary>
    private const int CommonTimes = 2;

    /// <summary>Countries and territories.</summary>
    public static readonly IReadOnlyList<string> Countries = Lists.Entries(Lists.Countries, "countries");

    /// <summary>Lists of other scripts.</summary>
    private static readonly HashSet<string> OtherScripts = ["zh_CN", "zh_TW", "ja_JP", "ko_KR", "hi_IN", "ar_AA"];

    private readonly Dictionary<string, (byte Classes, byte Weight)> _classes = new(StringComparer.Ordinal);
    private readonly List<string> _first = [], _last = [], _streets = [], _companyEnds = [], _cities = [];

    private AlphabetWords(string data)
    {
        ReadNames(Path.Combine(data, "ner/names/faker_lists.json"));
        ReadCities(Path.Combine(data, "ner/names/cities.csv"));
        foreach (var country in Countries) Add(country, AlphabetLexicon.Region);
        Labelled = ReadSentences(Path.Combine(data, "ner/en"));
        // words that stand in running text in lower case are common: names that are words are told apart by it
        Common = [.. Labelled.SelectMany(s => s.Text.Split(' ')).Where(w => w.Length > 1 && w.All(char.IsAsciiLetterLower)).GroupBy(w => w)
            .Where(g => g.Count() > CommonTimes).Select(g => g.Key)];
        foreach (var word in Common) Add(word, AlphabetLexicon.Common);
        (First, Last, Streets, CompanyEnds) =
            ([.. _first.Distinct()], [.. _last.Distinct()], [.. _streets.Distinct()], [.. _companyEnds.Distinct()]);
    }

    /// <summary>Class bits of words and phrases.</summary>
    public IReadOnlyDictionary<string, (byte Classes, byte Weight)> Classes => _classes;

    public IReadOnlyList<Sentence> Labelled { get; }

    public IReadOnlyList<string> First { get; }

    public IReadOnlyList<string> Last { get; }

    public IReadOnlyList<string> Streets { get; }

    public IReadOnlyList<string> CompanyEnds { get; }

    public IReadOnlyList<string> Cities => _cities;

    public IReadOnlyList<string> Common { get; }

    /// <param name="data">The shared data's folder.</param>
    public static AlphabetWords Load(string data) => new(data);

    private void Add(string word, byte classes)
    {
        word = word.Trim().ToLowerInvariant();
        if (word.Length is < 2 or > 40 || !word.Any(char.IsLetter)) return;
        _classes[word] = ((byte)(_classes.GetValueOrDefault(word).Classes | classes), 0);
    }

    private void ReadNames(string path)
    {
        using var lists = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (var locale in lists.RootElement.EnumerateObject().Where(l => !OtherScripts.Contains(l.Name)))
            foreach (var group in locale.Value.EnumerateObject().Where(g => g.Value.ValueKind == JsonValueKind.Object))
                foreach (var list in group.Value.EnumerateObject())
                    if (Purpose(group.Name, list.Name) is var (classes, names))
                        foreach (var word in Strings(list.Value))
                        {
                            names?.Add(word);
                            Add(classes == AlphabetLexicon.Title ? word.TrimEnd('.') : word, classes);
                        }
    }

    /// <summary>The class of a list's words, and where they go as names; null for a list without use.</summary>
    private (byte Classes, List<string>? Names)? Purpose(string group, string list)
    {
        bool Has(string part) => list.Contains(part, StringComparison.Ordinal);
        if (Has("first_name")) return (AlphabetLexicon.First, _first);
        if (Has("last_name")) return (AlphabetLexicon.Last, _last);
        if (Has("street_suffix") || Has("street_prefix")) return (AlphabetLexicon.Street, _streets);
        if (Has("company_suffix")) return (AlphabetLexicon.Company, _companyEnds);
        if (list is "countries" or "states" or "state" or "provinces" or "regions") return (AlphabetLexicon.Region, null);
        if (Has("prefix") && group == "person") return (AlphabetLexicon.Title, null);
        return list.StartsWith("cit", StringComparison.Ordinal) ? (AlphabetLexicon.City, null) : null;
    }

    private void ReadCities(string path)
    {
        foreach (var line in File.ReadLines(path).Skip(1))
        {
            var city = line.Split(',')[0].Trim('"');
            _cities.Add(city);
            Add(city, AlphabetLexicon.City);
            var plain = Plain(city);
            Add(plain, AlphabetLexicon.City);
            if (plain.StartsWith("Al ", StringComparison.Ordinal) || plain.StartsWith("Al-", StringComparison.Ordinal))
                Add(plain[3..], AlphabetLexicon.City);
        }
    }

    private static List<Sentence> ReadSentences(string folder)
    {
        var tabs = ColumnFormat.Conll('\t');
        return [.. LabelledTexts.Columns(Path.Combine(folder, "wikigold.conll.txt"), ColumnFormat.Conll(' '))
            .Concat(LabelledTexts.Columns(Path.Combine(folder, "wnut17train.conll"), tabs))
            .Concat(Directory.GetFiles(Path.Combine(folder, "btc"), "*.conll").Order(StringComparer.Ordinal)
                .SelectMany(file => LabelledTexts.Columns(file, tabs)))
            .Select(Sentence.From)];
    }

    /// <summary>Without accents, as people type.</summary>
    private static string Plain(string text) =>
        string.Concat(UnicodeNormalizer.Normalize(text, NormalizationForm.FormD)
            .Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark));

    private static IEnumerable<string> Strings(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => value.EnumerateObject().Select(p => p.Name),
        _ => [],
    };
}
