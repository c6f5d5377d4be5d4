using System.Globalization;
using System.Text.RegularExpressions;
using EdgeAgent.Lab;

namespace EdgeAgent.Tests.Lab;

/// <summary>Every generated answer is worked out again from its question.</summary>
public sealed partial class BaseStageTests
{
    private static IEnumerable<Example> Of(string kind) =>
        LabCorpus.Small.Train.Concat(LabCorpus.Small.HeldOut).Where(e => e.Stage == Stages.Base && e.Kind == kind);

    [Fact]
    public void Arithmetic_EveryResult_IsRight()
    {
        var examples = Of("arithmetic").ToList();
        Assert.NotEmpty(examples);
        foreach (var e in examples)
        {
            var m = Sum().Match(e.Question);
            int a = Number(m.Groups[1]), b = Number(m.Groups[3]), result = Number(Result().Match(e.Answer).Groups[1]);
            // by the inverse operation, not by the one that made it
            var isRight = m.Groups[2].Value switch
            {
                "+" => result - b == a,
                "-" => result + b == a,
                "*" => result / b == a && result % b == 0,
                _ => result * b == a,
            };
            Assert.True(isRight, $"{e.Question} {e.Answer}");
        }
    }

    [Fact]
    public void Unit_EveryConversion_IsRight()
    {
        var metres = new Dictionary<string, decimal>
        {
            ["mm"] = 0.001m,
            ["cm"] = 0.01m,
            ["m"] = 1,
            ["kPa"] = 1000,
            ["bar"] = 100_000,
            ["MPa"] = 1_000_000,
            ["s"] = 1,
            ["min"] = 60,
            ["h"] = 3600,
            ["g"] = 1,
            ["kg"] = 1000,
            ["W"] = 1,
            ["kW"] = 1000,
            ["ml"] = 0.001m,
            ["l"] = 1,
        };
        var examples = Of("unit").ToList();
        Assert.NotEmpty(examples);
        foreach (var e in examples)
        {
            var m = Conversion().Match(e.Answer);
            Assert.True(m.Success, e.Answer);
            Assert.Equal(Number(m.Groups[1]) * metres[m.Groups[2].Value], Number(m.Groups[3]) * metres[m.Groups[4].Value]);
        }
    }

    [Fact]
    public void Table_TheAnswer_StandsInTheRowThatIsAsked()
    {
        var examples = Of("table").ToList();
        Assert.NotEmpty(examples);
        foreach (var e in examples)
        {
            var lines = e.Question.Split('\n');
            var row = Assert.Single(lines[1..^1], l => lines[^1].Contains(l.Split('|')[1].Trim(), StringComparison.Ordinal));
            Assert.Equal(row.Split('|')[2].Trim(), Assert.Single(e.Facts));
        }
    }

    [Fact]
    public void Date_EveryDay_IsRight()
    {
        var examples = Of("date").ToList();
        Assert.NotEmpty(examples);
        foreach (var e in examples)
        {
            var day = Day().Match(e.Question).Value;
            var days = int.Parse(Digits().Match(e.Question.Replace(day, "", StringComparison.Ordinal)).Value, CultureInfo.InvariantCulture);
            var answer = DateTime.Parse(e.Facts[0], CultureInfo.InvariantCulture);
            Assert.Equal(days, (answer - DateTime.Parse(day, CultureInfo.InvariantCulture)).Days);
        }
    }

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+) ([-+*/]) (\d+)")]
    private static partial Regex Sum();

    [GeneratedRegex(@"= (\d+)")]
    private static partial Regex Result();

    [GeneratedRegex(@"^(\d+) (\w+) = (\d+) (\w+)[.。]$")]
    private static partial Regex Conversion();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d")]
    private static partial Regex Day();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
