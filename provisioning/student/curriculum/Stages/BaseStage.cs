using System.Globalization;

namespace EdgeAgent.Lab;

/// <summary>Base ability: sums, conversions, tables, dates, with answers that are computed.</summary>
internal sealed class BaseStage(PhraseBook phrases) : IStage
{
    private static readonly string[] Kinds = ["arithmetic", "unit", "table", "date"];

    /// <summary>From, to, and how many of the second are one of the first.</summary>
    private static readonly (string From, string To, int Factor)[] Units =
    [
        ("cm", "mm", 10), ("m", "cm", 100), ("m", "mm", 1000), ("bar", "kPa", 100), ("MPa", "bar", 10), ("h", "min", 60), ("min", "s", 60),
        ("kg", "g", 1000), ("kW", "W", 1000), ("l", "ml", 1000),
    ];

    public Example Next(Random random, Part part)
    {
        var language = random.Next(2);
        return Draw.From(random, Kinds) switch
        {
            "arithmetic" => Arithmetic(random, part, language),
            "unit" => Unit(random, part, language),
            "table" => Table(random, part, language),
            _ => Date(random, part, language),
        };
    }

    private Example Arithmetic(Random random, Part part, int language)
    {
        var (a, operation, b) = Draw.OfPart(part, () => Operands(random), o => $"{o.A}{o.Operation}{o.B}");
        var result = operation switch { '+' => a + b, '-' => a - b, '*' => a * b, _ => a / b };
        return Make("arithmetic", random, part, language, $"{a} {operation} {b} = {result}", Number(result), $"{a}{operation}{b}",
            ("{e}", $"{a} {operation} {b}"));
    }

    private static (int A, char Operation, int B) Operands(Random random)
    {
        int a = random.Next(1, 100), b = random.Next(1, 100), x = random.Next(2, 13), y = random.Next(2, 13);
        return random.Next(4) switch
        {
            0 => (a, '+', b),
            1 => (Math.Max(a, b), '-', Math.Min(a, b)),
            2 => (x, '*', y),
            _ => (x * y, '/', y),
        };
    }

    private Example Unit(Random random, Part part, int language)
    {
        var (value, unit) = Draw.OfPart(part, () => (random.Next(1, 41), Draw.From(random, Units)), d => $"{d.Item1} {d.Item2}");
        var result = $"{value * unit.Factor} {unit.To}";
        return Make("unit", random, part, language, $"{value} {unit.From} = {result}", result, $"{value} {unit}",
            ("{v}", $"{value} {unit.From}"), ("{u}", unit.To));
    }

    private Example Table(Random random, Part part, int language)
    {
        var names = phrases.Of("table", "rows", language);
        var (rows, asked) = Draw.OfPart(part, () => Rows(random, names), t => Fact(t.Rows, t.Asked));
        var text = string.Join('\n', rows.Select(r => $"| {r.Name} | {r.Count} |"));
        var template = Draw.From(random, phrases.Of("table", part, language));
        var (name, count) = rows[asked];
        return new Example($"{phrases.Of("table", "head", language)[0]}\n{text}\n{template.Replace("{x}", name, StringComparison.Ordinal)}",
            End($"{name}: {count}", language), "table", language, [Number(count)])
        { Stage = Stages.Base, Template = template, Fact = Fact(rows, asked) };

        static string Fact(List<(string Name, int Count)> rows, int asked) => $"{string.Join(',', rows)}:{asked}";
    }

    private static (List<(string Name, int Count)> Rows, int Asked) Rows(Random random, string[] names)
    {
        var left = names.ToList();
        var rows = new List<(string, int)>();
        while (rows.Count < 3)
        {
            var at = random.Next(left.Count);
            rows.Add((left[at], random.Next(2, 100)));
            left.RemoveAt(at);
        }
        return (rows, random.Next(rows.Count));
    }

    private Example Date(Random random, Part part, int language)
    {
        var (day, days) = Draw.OfPart(part,
            () => (new DateOnly(2020, 1, 1).AddDays(random.Next(5844)), random.Next(1, 15)), d => Fact(d.Item1, d.Item2));
        return Make("date", random, part, language, Iso(day.AddDays(days)), Iso(day.AddDays(days)), Fact(day, days), ("{d}", Iso(day)),
            ("{n}", Number(days)));

        static string Fact(DateOnly day, int days) => $"{Iso(day)}+{days}";
    }

    private Example Make(string kind, Random random, Part part, int language, string answer, string result, string fact,
        params ReadOnlySpan<(string Mark, string Value)> values)
    {
        var template = Draw.From(random, phrases.Of(kind, part, language));
        var question = template;
        foreach (var (mark, value) in values) question = question.Replace(mark, value, StringComparison.Ordinal);
        return new Example(question, End(answer, language), kind, language, [result])
        { Stage = Stages.Base, Template = template, Fact = fact };
    }

    private static string End(string answer, int language) => answer + (language == 0 ? "." : "。");
    private static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
