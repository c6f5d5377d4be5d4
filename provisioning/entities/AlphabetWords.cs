using System.Text.Json;
using EdgeAgent.Privacy.Entities;

namespace EntityLab;

/// <summary>
/// What the lists and the labelled sentences of alphabets give: classes of words (<see cref="WordFeatures"/>, in lower case),
/// names to make sentences of, and words that are common.
/// </summary>
internal sealed record AlphabetWords(IReadOnlyDictionary<string, (byte Classes, byte Weight)> Classes, List<Sentence> Labelled)
{
    public required List<string> First { get; init; }
    public required List<string> Last { get; init; }
    public required List<string> Streets { get; init; }
    public required List<string> CompanyEnds { get; init; }
    public required List<string> Cities { get; init; }
    public required List<string> Common { get; init; }

    public static AlphabetWords Load(string data)
    {
        var words = new Dictionary<string, (byte Classes, byte Weight)>(StringComparer.Ordinal);
        void Add(string word, byte classes)
        {
            word = word.Trim().ToLowerInvariant();
            if (word.Length is < 2 or > 40 || !word.Any(char.IsLetter)) return;
            words[word] = ((byte)(words.GetValueOrDefault(word).Classes | classes), 0);
        }
        var lists = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(data, "ner/names/faker_lists.json"))).RootElement;
        List<string> first = [], last = [], streets = [], companies = [];
        foreach (var locale in lists.EnumerateObject())
        {
            if (locale.Name is "zh_CN" or "zh_TW" or "ja_JP" or "ko_KR" or "hi_IN" or "ar_AA") continue;
            foreach (var group in locale.Value.EnumerateObject().Where(g => g.Value.ValueKind == JsonValueKind.Object))
                foreach (var list in group.Value.EnumerateObject())
                {
                    var items = Strings(list.Value).ToList();
                    if (list.Name.Contains("first_name", StringComparison.Ordinal)) items.ForEach(w =>
                    {
                        first.Add(w);
                        Add(w, WordFeatures.First);
                    });
                    else if (list.Name.Contains("last_name", StringComparison.Ordinal)) items.ForEach(w =>
                    {
                        last.Add(w);
                        Add(w, WordFeatures.Last);
                    });
                    else if (list.Name.Contains("street_suffix", StringComparison.Ordinal)
                        || list.Name.Contains("street_prefix", StringComparison.Ordinal)) items.ForEach(w =>
                        {
                            streets.Add(w);
                            Add(w, WordFeatures.Street);
                        });
                    else if (list.Name.Contains("company_suffix", StringComparison.Ordinal)) items.ForEach(w =>
                    {
                        companies.Add(w);
                        Add(w, WordFeatures.Company);
                    });
                    else if (list.Name is "countries" or "states" or "state" or "provinces" or "regions")
                        items.ForEach(w => Add(w, WordFeatures.Region));
                    else if (list.Name.Contains("prefix", StringComparison.Ordinal) && group.Name == "person")
                        items.ForEach(w => Add(w.TrimEnd('.'), WordFeatures.Title));
                    else if (list.Name.StartsWith("cit", StringComparison.Ordinal)) items.ForEach(w => Add(w, WordFeatures.City));
                }
        }
        var cities = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(data, "ner/names/cities.csv")).Skip(1))
        {
            var city = line.Split(',')[0].Trim('"');
            cities.Add(city);
            Add(city, WordFeatures.City);
            var plain = Plain(city);
            Add(plain, WordFeatures.City);
            if (plain.StartsWith("Al ", StringComparison.Ordinal) || plain.StartsWith("Al-", StringComparison.Ordinal))
                Add(plain[3..], WordFeatures.City);
        }
        foreach (var country in Countries.Names) Add(country, WordFeatures.Region);
        var labelled = new List<Sentence>();
        labelled.AddRange(Reader.Columns(Path.Combine(data, "ner/en/wikigold.conll.txt"), 0, 1, [' '], Blanks.Everywhere));
        labelled.AddRange(Reader.Columns(Path.Combine(data, "ner/en/wnut17train.conll"), 0, 1, ['\t'], Blanks.Everywhere));
        foreach (var file in Directory.GetFiles(Path.Combine(data, "ner/en/btc"), "*.conll").Order(StringComparer.Ordinal))
            labelled.AddRange(Reader.Columns(file, 0, 1, ['\t'], Blanks.Everywhere));
        // words that stand in running text in lower case and are no entity are common: names that are words are told apart by it
        var common = labelled.SelectMany(s => s.Text.Split(' ')).Where(w => w.Length > 1 && w.All(char.IsAsciiLetterLower)).GroupBy(w => w)
            .Where(g => g.Count() > 2).Select(g => g.Key).ToList();
        foreach (var word in common) Add(word, WordFeatures.Common);
        return new AlphabetWords(words, labelled)
        {
            First = [.. first.Distinct()],
            Last = [.. last.Distinct()],
            Streets = [.. streets.Distinct()],
            CompanyEnds = [.. companies.Distinct()],
            Cities = cities,
            Common = common,
        };
    }

    /// <summary>Without accents, as people type.</summary>
    private static string Plain(string text) =>
        string.Concat(EdgeAgent.Platform.UnicodeNormalizer.Normalize(text, System.Text.NormalizationForm.FormD)
            .Where(c => System.Globalization.CharUnicodeInfo.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.NonSpacingMark));

    private static IEnumerable<string> Strings(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => value.EnumerateObject().Select(p => p.Name),
        _ => [],
    };
}
