using EdgeAgent.Privacy.Entities;

namespace EntityLab;

/// <summary>
/// English: labelled sentences, sentences we generate around names and addresses of many countries, and a lexicon of names and places.
/// </summary>
internal static class EnglishLab
{
    public static Lab Create(string data)
    {
        var words = AlphabetWords.Load(data);
        List<string> plain = [.. words.Common.Where(w => w.Length is >= 4 and <= 9)];
        IReadOnlyList<Sentence> Training(int run)
        {
            var generated =
                Generate(new Random(11 + 100 * run), words.First, words.Last, words.Cities, Countries.Names, words.Streets,
                    words.CompanyEnds, plain, 15000).ToList();
            // part of it in lower case as well: people type without the shift key
            return [.. words.Labelled, .. generated,
                .. words.Labelled.Where((_, i) => i % 6 == 0).Concat(generated.Where((_, i) => i % 4 == 0))
                    .Where(s => s.Text.ToLowerInvariant().Length == s.Text.Length)
                        .Select(s => s with { Text = s.Text.ToLowerInvariant() })];
        }
        // the peer: spaCy en_core_web_sm on the same sentences
        return new Lab(new WordFeatures(), Lexicon.Build(words.Classes), Training,
            Reader.Columns(Path.Combine(data, "ner/en/en_ewt-ud-dev.iob2"), 1, 2, ['\t'], Blanks.Everywhere), Log2Rows: 20)
        {
            Epochs = 10,
            Runs = 6,
            Dropout = 0.1f,
            Leaks = 1,
            Peer = [0.643, 0.693, 0.370]
        };
    }

    /// <summary>
    /// Sentences of offices and factory floors, written for this purpose. P person, F first name, L last name, C city, N country,
    /// A address, O organisation, D digits.
    /// </summary>
    private static readonly string[] Patterns =
    [
        "my name is {P}", "{P} asked about the spindle", "Please tell {P} that line 3 is down", "Ask Mr. {L} for the key",
        "Mrs. {L} from {O} called", "contact person: {P}", "{R} {P} reported a jam", "{R} {P} approved it",
        "tell {R} {P} that the part is here", "{R} {L} is off today", "{R}: {P}, badge {K}", "ask {R} {F}", "{P}, {R}",
        "signed by {P}, {R}", "{P} ({R})", "the {R} is {P}", "{R} {P} will look at it", "Delivery address: {A}", "ship to {A}",
        "{T} {V} {V} {V}", "{T} ratio 1:{V}", "{T} {V} on hold", "Lot {V} is late", "Batch {V}", "{E} or {E}?", "{E} hardness",
        "{E} taper 3", "the {E} gauge", "Is it {E}?", "a {E} washer", "set the {E} drive", "the {T} failed", "{Q}", "{Q}, {Q}", "{Q} {Q}",
        "{T} {Q}", "{Q}\n{Q}\n{Q}", "{T} {B} {V}", "{T} {B}, {Q}", "{B} is missing", "order {B}", "part {B} and {B}", "sync lost",
        "{T} status {V}", "the {T} is {B}, is it right?", "the {T} reads {V}", "{T} {V} is wrong", "{F} is on night shift",
        "technician {P} will come at 8", "Operator: {P}",
        "{P} works for {O} in {C}", "We ship to {C}, {N}", "The parts come from {C}", "customer {O} wants its order",
        "{O} complained about the burrs", "I live in {C}", "She moved from {C} to {C}", "He was born in {N}", "{F} and {F} swapped shifts",
        "Who is {P}?",
        "send it to {A}", "My address is {A}", "{P}\n{A}", "{P}\n{O}\n{A}", "Deliver to {P}, {A}", "our office: {A}",
        "a taxi to {A} please", "The new plant is at {A}.", "{A}", "Dear {F},\nthe invoice is attached.\nRegards,\n{P}\n{O}",
        "Is {O} still a supplier?", "{O} and {O} merged last year", "the visit of {O} to {C} is on Monday", "{L} said the pump leaks",
        "report by {P}, {C}", "Dr. {L} has the results", "{P}'s badge does not work", "I talked to {F} yesterday",
        "forward this to {F} {L}",
        "How do I change a cutting insert?", "The conveyor stopped again", "What does alarm SP-14 mean?", "Torque is 25 Nm",
        "Coolant pressure is low", "reset the emergency stop first", "Monday is a holiday", "Check the relay on the back panel",
        "Can I block my card?", "The robot arm lost its reference",
        "Part 6204-2RS is out of stock", "Please raise the limit", "Where is the manual?", "Shift change is at 22:00",
        "Lock out before you open the cabinet", "Turn the key to Auto", "Press Start and wait", "My card does not work", "I need a new one",
        "Thank you for your help",
        "Yesterday {P} found the cause in {N}", "{C} is cold in winter", "{N} won the match", "call {F} at home", "{F}: can you check?",
        "signed, {P}", "from {P} to {P}", "{P}, head of maintenance at {O}", "{O} ({C})", "{C} plant", "{N} office of {O}",
        "{O} is a supplier of ours", "{O} was founded in 1998", "He joined {O} last spring", "She is from {O}", "{P} left {O}",
        "an engineer at {O}", "{O}, {A}", "{O}\n{A}\n{D}", "{P}\n{A}\n{D}", "{F} moved to {A}", "{F}'s new address is {A}",
        "The {T} is down with {K}, how do I bring it back?", "{K} on the {T}, what now?", "What would you do about {K} at the {T}?",
        "replace the {T}", "back up the {T} program", "{K} just popped up", "alarm {K}", "{P} reset {K} on the {T}",
        "the {T} of line 2 shows {K}", "How do I change the {T}?", "the {T} and the {T}", "{T}?",
        "Welcome to {C}!", "I am in {C} for a week", "the road from {C} to {C}", "they arrived in {C} from {N}", "{F} told {F} about it",
        "is {F} here?", "thanks {F}", "hi {F}, please call back", "hello, this is {P}", "give {F} my regards", "{O}, {O} and {O}",
        "the team of {O} in {C}",
        "the {W} delegation arrived", "{W} food is served", "a {W} engineer", "{W} and {W} suppliers", "most {W} companies",
        "translated from {W}", "P.S. bring the key", "the nearest station", "Erm, no idea",
        "a book by {P}", "written by {L}", "{L} and {L} wrote it together", "the {L} report is out", "the latest {L} film",
        "an early {L} recording", "played by {L}", "songs of {P} and {L}", "a play about {F} and {F}", "{F} gave {F} the keys",
        "{F} asked {F}: are you coming?", "\"No,\" {F} said", "{F} laughed at {F}", "a tribute to {P}", "with {P} as the director",
        "{P}, {P} and {P} played in it", "{P} is the author", "guitarist {L} left the band", "former member {L}",
        "critics compare {L} with {L}", "Professor {L} and her student {F}", "the {L} family", "{L}'s first novel", "the singer {F}",
        "{F} lent {F} a book", "{F}, {F} and {F} are the founders", "founders: {F}, {L} and {L}", "{F} Street is not a person but {F} is",
        "the president of {N}", "I come from {N}", "who goes to {N} with me?", "visitors from {N}", "{N} is far away", "born in {C}, {N}",
        "in {C}?", "a concert in {C}, {C} or {C}", "the economy of {C}", "the river near {C}", "he grew up in {C}",
        "trains from {C} arrive late", "{C} ({N})", "the street runs through {C}", "our branches: {C}, {C}, {N}", "a hotel in {C} {N}",
        "the {C} office",
        "founded as {O}", "later renamed {O}", "{O} invested in chips", "{O}: a charity", "meet me at {O}",
        "the investors are {O}, {O} and {O}", "{P}\n{O}\n{P}\n{A}", "> {P}\n> {O}\n> {A}", "{P}\n\n{A}\n{D} office\n{D} fax", "{O}\n\n{A}",
        "zip code {Z}", "my postcode is {Z}", "ZIP: {Z}", "the corner of {S} and {S}", "on {S}", "at {S} and {S}",
        "along {S} to the bridge", "{F} lives at {S}",
        "{P}:\nthe valve is open", "we meet at {O} on Sunday", "we meet at {A}", "invoice for {P}, {A}", "{P} was here, and so was {P}",
        "Mr {P} lives in {C}",
    ];

    private static readonly string[] Roles = ["Operator", "Supervisor", "Technician", "Engineer", "Inspector", "Foreman", "Driver",
        "Manager", "Shift lead", "operator", "supervisor", "technician", "engineer", "inspector", "foreman", "welder", "planner",
        "quality inspector", "maintenance lead", "Mr.", "Ms.", "Mrs.", "Dr."];

    /// <summary>Names that units, tests and parts have.</summary>
    private static readonly string[] Eponyms = ["Brinell", "Rockwell", "Vickers", "Morse", "Belleville", "Geneva", "Hall", "Allen",
        "Woodruff", "Bourdon", "Wheatstone", "Phillips", "Torx", "Acme", "Whitworth", "Pascal", "Celsius", "Fahrenheit", "Newton", "Joule",
        "Kelvin", "Reynolds", "Nyquist", "Bode", "Kalman", "Modbus", "Cardan", "Oldham", "Pitot", "Venturi", "Coriolis", "Peltier", "Hertz",
        "Jacobs", "Weldon", "Stirling", "Bowden", "Loctite"];

    /// <summary>How many of the list, which goes by population, are large.</summary>
    private const int LargeCities = 4000;

    /// <summary>One name in so many is on no list.</summary>
    private const int Unlisted = 8;

    /// <summary>What people of places are called: no places.</summary>
    private static readonly string[] Demonyms = ["Israeli", "Palestinian", "Thai", "German", "French", "Polish", "Chinese", "Japanese",
        "American", "Brazilian", "Turkish", "Iraqi", "Italian", "Spanish", "Swedish", "Danish", "Kenyan", "Indian", "Korean", "Russian",
        "British", "Irish", "Dutch", "Greek", "Mexican", "Canadian", "European", "Asian", "African", "Arab", "Latin", "English"];

    private static readonly string[] Terms = ["PLC", "HMI", "CNC", "VFD", "AGV", "MES", "UPS", "IPC", "USB", "LED", "IBAN", "VIN", "IMEI",
        "MAC", "PIN", "SIM", "RFID", "OEE", "PLC battery", "chuck guard", "spindle", "gripper", "light curtain", "door switch",
        "coolant pump", "ball screw", "tool changer", "servo drive", "relay", "Profinet", "E-stop", "Allen key", "Bourdon tube",
        "Hall sensor", "Woodruff key", "lathe", "robot arm", "conveyor", "hydraulic unit"];
    private static readonly string[] StreetEnds = ["gatan", "vägen", "straat", "weg", "laan", "straße", "strasse", "gasse", "platz",
        "allee", "vej", "gade", "veien", "gata", "katu", "tie", "plein", "-Platz", "-Straße", " utca", " út", " ul."];
    private static readonly string[] StreetStarts = ["rue", "Avenue de", "boulevard", "via", "viale", "piazza", "calle", "Avenida", "Rua",
        "ul.", "Bd.", "C/", "Place", "Λεωφ.", "ул.", "Plaza", "Strada", "Chemin du"];
    private static readonly string[] Syllables = ["ver", "lo", "tek", "no", "data", "cloud", "soft", "net", "bio", "med", "eco", "info",
        "sys", "ra", "mi", "quan", "tri", "op", "ax", "lum", "fi", "gen", "core", "link", "graph", "pay", "map", "vis", "the", "my", "we",
        "i", "smart", "open", "clear", "true"];
    private static readonly string[] BrandEnds = ["Systems", "Group", "Labs", "Technologies", "Partners", "Holdings", "Solutions",
        "Analytics", "Health", "Insurance", "Bank", "Energy", "Motors", "Media", "Networks", "Services", "International", "Company",
        "Incorporated", "& Co", "Foundation", "Ratings Agency"];

    private static readonly string[] CompanyStems = ["Acme", "Norwind", "Hexa", "Blue Ridge", "Vertex", "Lumen", "Delta Tooling", "Stellar",
        "Ironworks", "Nova", "Pine", "Summit", "Orbit", "Quarry", "Cobalt", "Harbor", "Polaris", "Zenith", "Maple", "Granite"];

    private static IEnumerable<Sentence> Generate(Random random, List<string> first, List<string> last, List<string> cities,
        IReadOnlyList<string> countries, List<string> streets, List<string> companies, List<string> common, int count)
    {
        T Pick<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];
        string Number(int digits) => string.Concat(Enumerable.Range(0, digits).Select(_ => (char)('0' + random.Next(10))));
        string Letters(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => (char)('A' + random.Next(26))));
        // lines of programs and tables: a letter and a number, with and without units
        string Codes()
        {
            var (unit, gap) = (Pick(["", "", " Nm", " mm", " V", " bar", " A", " Hz", " rpm", " C", " kg", " %"]), Pick([" ", " ", ", "]));
            var shape = random.Next(4);
            return string.Join(gap, Enumerable.Range(0, 1 + random.Next(6)).Select(_ => shape switch
            {
                0 =>
                    $"{Letters(1)}{Number(1 + random.Next(3))}",
                1 =>
                    $"{Letters(1)}{(random.Next(2) == 0 ? "-" : "")}{Number(1 + random.Next(3))}.{Number(3)}",
                2 =>
                    $"{Letters(1)}{Number(1 + random.Next(2))} {Number(1 + random.Next(3))}{unit}",
                _ => $"{Number(1 + random.Next(3))}.{Number(1 + random.Next(3))}{unit}",
            }));
        }
        string Street() => random.Next(6) switch
        {
            0 =>
                $"{Pick(last)} {Pick(streets)}",
            1 => $"{Pick(streets)} {Pick(last)}",
            2 => $"{Pick(cities)}{(random.Next(2) == 0 ? "" : " " + Pick(streets))}",
            3 =>
                Pick(last) + Pick(StreetEnds),
            4 => Pick(cities) + Pick(StreetEnds),
            _ => $"{Pick(StreetStarts)} {(random.Next(2) == 0 ? Pick(first) + " " : "")}{Pick(last)}",
        };
        string Unit() =>
            random.Next(5) switch
            {
                0 => $"Apt. {Number(3)}",
                1 => $"Suite {Number(3)}",
                2 => $"Unit {Number(2)}",
                3 => $"P.O. Box {Number(3)}",
                _ => $"Floor {Number(1)}"
            };
        string Military() =>
            $"{(random.Next(2) == 0 ? $"Unit {Number(4)} Box {Number(4)}" : $"{Pick(["USS", "USNS", "USCGC", "PSC"])} {Pick(last)}")}{(random.Next(2) == 0 ? "\n" : ", ")}{Pick(["APO", "FPO", "DPO"])} {Pick(["AA", "AE", "AP"])} {Number(5)}";
        string Address()
        {
            var gap = random.Next(3) switch { 0 => "\n", 1 => ", ", _ => " " };
            if (random.Next(12) == 0) return Military();
            var house = Number(1 + random.Next(3));
            var street = random.Next(3) switch
            {
                0 => $"{house} {Street()}",
                1 => $"{Street()} {house}",
                _ => $"{house} {Street()} {Number(1 + random.Next(3))}"
            };
            var parts = new List<string> { street };
            if (random.Next(2) == 0) parts.Add(Unit());
            if (random.Next(5) > 0) parts.Add(random.Next(4) == 0 ? Pick(cities).ToUpperInvariant() : Pick(cities));
            if (random.Next(2) == 0) parts.Add(random.Next(2) == 0 ? $"{Pick(countries)} {Number(5)}" : Pick(countries));
            else if (random.Next(2) == 0) parts.Add(Number(5));
            return string.Join(gap, parts);
        }
        string Brand()
        {
            var word = string.Concat(Enumerable.Range(0, 2 + random.Next(2)).Select(_ => Pick(Syllables)));
            return random.Next(4) switch
            {
                0 => char.ToUpperInvariant(word[0]) + word[1..],
                1 =>
                    char.ToUpperInvariant(word[0]) + word[1..] + Pick(["Tech", "Soft", "Web", "Labs", "Net", "Hub"]),
                2 => word.ToUpperInvariant(),
                _ => char.ToUpperInvariant(word[0]) + word[1..] + " " + Pick(BrandEnds)
            };
        }
        // some names are on no list: the beginning of one and the end of another
        string Called(List<string> names)
        {
            var name = Pick(names);
            if (random.Next(Unlisted) > 0) return name;
            var other = Pick(names);
            return $"{name[..((name.Length + 1) / 2)].TrimEnd()}{other[(other.Length / 2)..].TrimStart().ToLowerInvariant()}";
        }
        string Name()
        {
            var name = random.Next(8) == 0
                ? Called(first) : $"{Called(first)} {(random.Next(8) == 0 ? (char)('A' + random.Next(26)) + ". " : "")}{Called(last)}";
            return random.Next(14) == 0
                ? name + Pick([" PhD", " MD", " Jr.", " II", " DDS", " DVM", " Sr.", " III"])
                : random.Next(25) == 0 ? name.ToUpperInvariant() : name;
        }
        // "Open Bridge", "Water Street Data": plain words
        string PlainWords() =>
            string.Join(' ',
                Enumerable.Range(0, 2 + random.Next(2)).Select(_ => Pick(common)).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
        string Company() => random.Next(10) switch
        {
            9 => PlainWords(),
            4 or 5 =>
                Brand(),
            6 =>
                $"{Pick(cities)} {Pick(["University", "Hospital", "Bank", "Institute of Technology", "Airlines", "Insurance Company"])}",
            7 => $"{Pick(["Bank", "University", "Port", "College"])} of {Pick(cities)}",
            8 => $"{Pick(last)} {Pick(BrandEnds)}",
            0 =>
                $"{Pick(last)} {Pick(companies)}",
            1 => $"{Pick(last)}-{Pick(last)}",
            2 => $"{Pick(CompanyStems)} {Pick(companies)}",
            _ => $"{Pick(last)}, {Pick(last)} and {Pick(last)}"
        };
        for (var i = 0; i < count; i++)
            yield return Sentence.Fill(Pick(Patterns), kind => kind switch
            {
                'P' => (Name(), 0),
                'F' => (Called(first), 0),
                'L' => (Called(last), 0),
                'C' when random.Next(12) == 0 => (Pick(cities).ToUpperInvariant(), 1),
                'C' => (random.Next(2) == 0 ? cities[random.Next(Math.Min(LargeCities, cities.Count))] : Pick(cities), 1),
                'W' => (Pick(Demonyms), -1),
                'N' => (Pick(countries), 1),
                'A' => (Address(), 1),
                'Q' => (Codes(), -1),
                'B' =>
                    ($"{Letters(1 + random.Next(4))}{Number(1 + random.Next(3))}{(random.Next(2) == 0 ? "-" : "")}{Letters(random.Next(3))}{Number(random.Next(4))}", -1),
                'R' => (Pick(Roles), -1),
                'E' => (Pick(Eponyms), -1),
                'V' => (random.Next(2) == 0 ? $"{random.Next(1, 400)}.{Number(1 + random.Next(3))}" : Number(1 + random.Next(6)), -1),
                'Z' => (Number(5), 1),
                'S' => (random.Next(2) == 0 ? $"{Number(1 + random.Next(3))} {Street()}" : Street(), 1),
                'D' => ($"{Number(3)} {Number(4)}", -1),
                'T' => (Pick(Terms), -1),
                'K' => ($"{(char)('A' + random.Next(26))}{(char)('A' + random.Next(26))}-{random.Next(10, 100)}", -1),
                _ => (Company(), 2),
            }, text => random.Next(2) == 0 && char.IsLetter(text[^1]) ? random.Next(4) == 0 ? "?" : "." : "");
    }
}
