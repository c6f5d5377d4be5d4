namespace EntityLab;

/// <summary>Sentences of offices and factory floors in English, with names and addresses of many countries.</summary>
internal sealed class EnglishSentences
{
    /// <summary>One name in so many is on no list: the beginning of one and the end of another.</summary>
    private const int Unlisted = 8;

    /// <summary>One in so many: a first name alone, a middle initial, a degree behind a name, a name and a city in capitals.</summary>
    private const int FirstAlone = 8, Initial = 8, Degree = 14, Shouted = 25, ShoutedCity = 12;

    /// <summary>Cities of the list, which goes by population, that are large.</summary>
    private const int LargeCities = 4000;

    private static readonly IReadOnlyList<string> Patterns = Lists.Entries(Lists.FloorEnglish, "patterns"),
        Roles = Lists.Entries(Lists.FloorEnglish, "roles"), Eponyms = Lists.Entries(Lists.FloorEnglish, "eponyms"),
        Demonyms = Lists.Entries(Lists.FloorEnglish, "demonyms"), Things = Lists.Entries(Lists.FloorEnglish, "things"),
        Syllables = Lists.Entries(Lists.NamesEnglish, "syllables"), BrandEnds = Lists.Entries(Lists.NamesEnglish, "brand endings"),
        JoinedBrandEnds = Lists.Entries(Lists.NamesEnglish, "joined brand endings"),
        CompanyStems = Lists.Entries(Lists.NamesEnglish, "company stems"),
        BehindCity = Lists.Entries(Lists.NamesEnglish, "institutions behind a city"),
        OfCity = Lists.Entries(Lists.NamesEnglish, "institutions of a city"),
        Degrees = Lists.Entries(Lists.NamesEnglish, "degrees behind a name");

    private readonly Draw _draw;
    private readonly AlphabetWords _words;
    private readonly EnglishAddresses _addresses;
    private readonly IReadOnlyList<string> _plain; // words of which companies are named

    public EnglishSentences(Draw draw, AlphabetWords words)
    {
        (_draw, _words, _addresses) = (draw, words, new EnglishAddresses(draw, words));
        _plain = [.. words.Common.Where(w => w.Length is >= 4 and <= 9)];
    }

    public IEnumerable<Sentence> Write(int count)
    {
        for (var i = 0; i < count; i++)
            yield return Sentence.Fill(_draw.Pick(Patterns), Value,
                text => _draw.OneIn(2) && char.IsLetter(text[^1]) ? _draw.OneIn(4) ? "?" : "." : "");
    }

    private (string Value, int Type) Value(char kind) => kind switch
    {
        'P' => (Person(), Sentence.Person),
        'F' => (Name(_words.First), Sentence.Person),
        'L' => (Name(_words.Last), Sentence.Person),
        'C' => (City(), Sentence.Place),
        'N' => (_draw.Pick(AlphabetWords.Countries), Sentence.Place),
        'A' => (_addresses.Address(), Sentence.Place),
        'S' => (_draw.OneIn(2) ? $"{_draw.Number(1 + _draw.Next(3))} {_addresses.Street()}" : _addresses.Street(), Sentence.Place),
        'Z' => (_draw.Number(5), Sentence.Place),
        'W' => (_draw.Pick(Demonyms), Sentence.Plain),
        'Q' => (Codes(), Sentence.Plain),
        'B' => (PartNumber(), Sentence.Plain),
        'R' => (_draw.Pick(Roles), Sentence.Plain),
        'E' => (_draw.Pick(Eponyms), Sentence.Plain),
        'V' => (_draw.OneIn(2) ? $"{_draw.Next(1, 400)}.{_draw.Number(1 + _draw.Next(3))}" : _draw.Number(1 + _draw.Next(6)),
            Sentence.Plain),
        'D' => ($"{_draw.Number(3)} {_draw.Number(4)}", Sentence.Plain),
        'T' => (_draw.Pick(Things), Sentence.Plain),
        'K' => (_draw.AlarmCode(), Sentence.Plain),
        _ => (Company(), Sentence.Organization),
    };

    private string City() => _draw.OneIn(ShoutedCity) ? _draw.Pick(_words.Cities).ToUpperInvariant()
        : _draw.OneIn(2) ? _words.Cities[_draw.Next(Math.Min(LargeCities, _words.Cities.Count))] : _draw.Pick(_words.Cities);

    private string Name(IReadOnlyList<string> names)
    {
        var name = _draw.Pick(names);
        if (!_draw.OneIn(Unlisted)) return name;
        var other = _draw.Pick(names);
        return $"{name[..((name.Length + 1) / 2)].TrimEnd()}{other[(other.Length / 2)..].TrimStart().ToLowerInvariant()}";
    }

    private string Person()
    {
        var name = _draw.OneIn(FirstAlone) ? Name(_words.First)
            : $"{Name(_words.First)} {(_draw.OneIn(Initial) ? _draw.Letters(1) + ". " : "")}{Name(_words.Last)}";
        return _draw.OneIn(Degree) ? $"{name} {_draw.Pick(Degrees)}" : _draw.OneIn(Shouted) ? name.ToUpperInvariant() : name;
    }

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private string Brand()
    {
        var word = string.Concat(Enumerable.Range(0, 2 + _draw.Next(2)).Select(_ => _draw.Pick(Syllables)));
        return _draw.Next(4) switch
        {
            0 => Capital(word),
            1 => Capital(word) + _draw.Pick(JoinedBrandEnds),
            2 => word.ToUpperInvariant(),
            _ => $"{Capital(word)} {_draw.Pick(BrandEnds)}",
        };
    }

    private string Company() => _draw.Next(10) switch
    {
        0 => $"{_draw.Pick(_words.Last)} {_draw.Pick(_words.CompanyEnds)}",
        1 => $"{_draw.Pick(_words.Last)}-{_draw.Pick(_words.Last)}",
        2 => $"{_draw.Pick(CompanyStems)} {_draw.Pick(_words.CompanyEnds)}",
        3 => $"{_draw.Pick(_words.Last)}, {_draw.Pick(_words.Last)} and {_draw.Pick(_words.Last)}",
        4 or 5 => Brand(),
        6 => $"{_draw.Pick(_words.Cities)} {_draw.Pick(BehindCity)}",
        7 => $"{_draw.Pick(OfCity)} of {_draw.Pick(_words.Cities)}",
        8 => $"{_draw.Pick(_words.Last)} {_draw.Pick(BrandEnds)}",
        // "Open Bridge", "Water Street Data": plain words
        _ => string.Join(' ', Enumerable.Range(0, 2 + _draw.Next(2)).Select(_ => Capital(_draw.Pick(_plain)))),
    };

    /// <summary>Lines of programs and tables: a letter and a number, with and without units.</summary>
    private string Codes()
    {
        var (unit, gap) = (_draw.Pick(["", "", " Nm", " mm", " V", " bar", " A", " Hz", " rpm", " C", " kg", " %"]),
            _draw.Pick([" ", " ", ", "]));
        var shape = _draw.Next(4);
        return string.Join(gap, Enumerable.Range(0, 1 + _draw.Next(6)).Select(_ => shape switch
        {
            0 => $"{_draw.Letters(1)}{_draw.Number(1 + _draw.Next(3))}",
            1 => $"{_draw.Letters(1)}{(_draw.OneIn(2) ? "-" : "")}{_draw.Number(1 + _draw.Next(3))}.{_draw.Number(3)}",
            2 => $"{_draw.Letters(1)}{_draw.Number(1 + _draw.Next(2))} {_draw.Number(1 + _draw.Next(3))}{unit}",
            _ => $"{_draw.Number(1 + _draw.Next(3))}.{_draw.Number(1 + _draw.Next(3))}{unit}",
        }));
    }

    private string PartNumber() =>
        _draw.Letters(1 + _draw.Next(4)) + _draw.Number(1 + _draw.Next(3)) + (_draw.OneIn(2) ? "-" : "") + _draw.Letters(_draw.Next(3))
        + _draw.Number(_draw.Next(4));
}
