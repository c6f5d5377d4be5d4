using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Chinese;

namespace EntityLab;

/// <summary>
/// Reads the word list, names, divisions and cities, and makes of them the lexicon of the Chinese model (<see cref="ChineseLexicon"/>)
/// and the names of which sentences are made up.
/// </summary>
internal sealed class ChineseWords
{
    /// <summary>Lexicon weights for each doubling of a word's frequency.</summary>
    private const double WeightScale = 4;

    /// <summary>Common surnames, by the list's order.</summary>
    private const int CommonSurnames = 150;

    /// <summary>A character that writes sounds is in at least so many foreign names.</summary>
    private const int MinForeign = 5;

    /// <summary>Added to a character's count in running text, against chance.</summary>
    private const double RunningSmoothing = 1000;

    /// <summary>Names that are not divisions in the lists of divisions: placeholders for what has no name of its own.</summary>
    private static readonly HashSet<string> NoDivisions = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];

    private const string DivisionEnds = "省市区县州盟旗";

    private readonly Dictionary<string, (byte Classes, byte Weight)> _words = new(StringComparer.Ordinal);
    private readonly List<string> _people = [], _strangers = [], _foreignCities = [], _divisions = [];

    // how often characters stand in foreign names, in native words, and in running text
    private readonly Dictionary<char, double> _foreign = [], _native = [], _running = [];

    /// <summary>Names of which sentences are made up.</summary>
    public ChineseNames Names { get; }

    /// <param name="data">The shared data's folder.</param>
    public static ChineseWords Load(string data, AlphabetWords alphabets) => new(data, alphabets);

    private ChineseWords(string data, AlphabetWords alphabets)
    {
        ReadWordList(Path.Combine(data, "ner/zh/jieba_dict.txt.gz"));
        List<string> surnames = [.. File.ReadLines(Path.Combine(data, "ner/zh/surnames-cc0.txt")).Where(l => l.Length > 0 && l[0] != '#')
            .Select(l => l.Trim()).Concat(Lists.Entries(Lists.NamesChinese, "compound surnames")).Distinct()];
        foreach (var surname in surnames) Add(surname, ChineseLexicon.Surname);
        var named = _people.Where(p => surnames.Contains(p[..1])).ToList();
        var given = named.Select(p => p[1..]).GroupBy(g => g).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        foreach (var name in given) Add(name, ChineseLexicon.Given);
        ReadDivisions(Path.Combine(data, "ner/zh"));
        ReadCities(Path.Combine(data, "ner/names/cities_zh.csv"));
        AddSounds();
        Correct();
        AddRunning();
        AddNameOdds(surnames, named);
        AddLatin(alphabets);
        List<string> strangers = [.. _strangers.Where(s =>
            s.Length is >= 2 and <= 5 && s.All(c => _words.ContainsKey($"{ChineseLexicon.ForeignOdds}{c}")))];
        Names = new ChineseNames(surnames[..Math.Min(CommonSurnames, surnames.Count)], given, Japanese(data), strangers,
            _foreignCities, _divisions);
    }

    public Lexicon Build() => Lexicon.Build(_words);

    private void Add(string word, byte classes, double frequency = 0)
    {
        if (word.Length is 0 or > ChineseLexicon.MaxWord) return;
        var old = _words.GetValueOrDefault(word);
        _words[word] = ((byte)(old.Classes | classes), Math.Max(old.Weight, Weight(WeightScale * Math.Log2(frequency + 1), 0)));
    }

    private static byte Weight(double weight, int min) => (byte)Math.Clamp(weight, min, byte.MaxValue);

    private static void Count(Dictionary<char, double> counts, string text, double by)
    {
        foreach (var c in text) counts[c] = counts.GetValueOrDefault(c) + by;
    }

    /// <summary>Lines of word, frequency and part of speech.</summary>
    private void ReadWordList(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            if (line.Split(' ') is not [var word, var times, var tag, ..]) continue;
            var frequency = double.Parse(times, CultureInfo.InvariantCulture);
            Add(word, ClassOf(tag), frequency);
            if (tag.Length == 0 || tag[0] != 'n' || tag == "n") Count(_running, word, frequency);
            Count(tag == "nrt" ? _foreign : _native, word, tag == "nrt" ? 1 : tag is "n" or "v" or "nr" or "a" or "d" ? 0.1 : 0.02);
            if (tag == "nr" && word.Length is 2 or 3) _people.Add(word);
            if (tag == "nrt" && word.Length is >= 2 and <= 6) _strangers.Add(word);
        }
    }

    /// <summary>Class of a part of speech: persons (nr), places (ns), organisations (nt), other names (nz).</summary>
    private static byte ClassOf(string tag) => tag switch
    {
        ['n', 'r', ..] => ChineseLexicon.Person,
        "ns" => ChineseLexicon.Place,
        "nt" => ChineseLexicon.Organization,
        "nz" => ChineseLexicon.Proper,
        _ => ChineseLexicon.Word,
    };

    private void ReadDivisions(string folder)
    {
        foreach (var file in new[] { "provinces.csv", "cities.csv", "areas.csv" })
            foreach (var line in File.ReadLines(Path.Combine(folder, file)).Skip(1))
            {
                var name = line.Split(',')[1].Trim('"');
                if (NoDivisions.Contains(name)) continue;
                _divisions.Add(name);
                Add(name, ChineseLexicon.Division);
                if (name.Length > 2 && DivisionEnds.Contains(name[^1], StringComparison.Ordinal)) Add(name[..^1], ChineseLexicon.Division);
            }
    }

    private void ReadCities(string path)
    {
        foreach (var line in File.ReadLines(path).Skip(1))
        {
            if (line.Split(',') is not [var quoted, var country, ..]) continue;
            var city = quoted.Trim('"');
            if (city.Length < 2 || !IsHan(city)) continue;
            Add(city, ChineseLexicon.Place);
            if (country is "CN" or "TW" or "HK" or "JP" or "KR" or "KP" or "SG" or "MO") continue;
            _foreignCities.Add(city);
            Count(_foreign, city, 1);
        }
    }

    private static bool IsHan(string text) => text.All(c => c >= '\u4e00');

    /// <summary>Characters that write sounds: more at home in foreign names than in words.</summary>
    private void AddSounds()
    {
        foreach (var (c, times) in _foreign)
            if (times >= MinForeign && times > _native.GetValueOrDefault(c)) Add(c.ToString(), ChineseLexicon.Proper);
    }

    /// <summary>Words that the word list takes for names, and that are none.</summary>
    private void Correct()
    {
        foreach (var word in Lists.Entries(Lists.FloorChinese, "things").Concat(Lists.Entries(Lists.NamesChinese, "no persons")))
            if (_words.TryGetValue(word, out var taken)) _words[word] = (ChineseLexicon.Word, taken.Weight);
    }

    private void AddRunning()
    {
        var total = _running.Values.Sum();
        foreach (var (c, n) in _running)
            _words[$"{ChineseLexicon.RunningShare}{c}"] =
                (ChineseLexicon.Word, Weight(-ChineseLexicon.OddsScale * Math.Log2((n + 1) / total), 1));
    }

    private void AddNameOdds(List<string> surnames, List<string> named)
    {
        AddOdds(ChineseLexicon.SurnameOdds,
            named.Select(p => p[0]).Concat(surnames.Where(s => s.Length == 1).SelectMany(s => Enumerable.Repeat(s[0], 3))));
        AddOdds(ChineseLexicon.FirstOdds, named.Where(p => p.Length == 3).Select(p => p[1]));
        AddOdds(ChineseLexicon.LastOdds, named.Select(p => p[^1]));
        AddOdds(ChineseLexicon.ForeignOdds, _strangers.SelectMany(s => s).Concat(_foreignCities.SelectMany(c => c)));
    }

    /// <summary>Odds of characters in names against running text (the word list by its frequencies).</summary>
    private void AddOdds(char key, IEnumerable<char> seen)
    {
        var counts = seen.GroupBy(c => c).ToDictionary(g => g.Key, g => g.Count());
        double total = counts.Values.Sum(), runningTotal = _running.Values.Sum();
        foreach (var (c, n) in counts)
            if (n > 1)
                _words[$"{key}{c}"] = (ChineseLexicon.Word, Weight(ChineseLexicon.EvenOdds + ChineseLexicon.OddsScale
                    * Math.Log2(n / total / ((_running.GetValueOrDefault(c) + RunningSmoothing) / runningTotal)), 1));
    }

    private void AddLatin(AlphabetWords alphabets)
    {
        foreach (var (word, (classes, _)) in alphabets.Classes)
            if (word.Where(c => c != ' ').ToArray() is { Length: >= 2 and <= ChineseLexicon.MaxLatin } letters
                && letters.All(char.IsAsciiLetterLower))
            {
                var key = ChineseLexicon.LatinKey + new string(letters);
                _words[key] = ((byte)(_words.GetValueOrDefault(key).Classes | classes), 0);
            }
    }

    private static (IReadOnlyList<string> Last, IReadOnlyList<string> First) Japanese(string data)
    {
        using var lists = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(data, "ner/names/faker_lists.json")));
        var persons = lists.RootElement.GetProperty("ja_JP").GetProperty("person");
        List<string> Of(string list) => [.. persons.GetProperty(list).EnumerateArray().Select(e => e.GetString()!).Where(IsHan)];
        return (Of("last_names"), Of("first_names"));
    }
}
