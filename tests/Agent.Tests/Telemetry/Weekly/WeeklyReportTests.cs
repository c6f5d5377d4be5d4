using EdgeAgent.Cli;
using EdgeAgent.Telemetry;
using EdgeAgent.Telemetry.Weekly;
using EdgeAgent.Tests.Cli;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Telemetry.Weekly;

/// <summary>The weekly report: figures of two weeks from the business store, advice, and the page.</summary>
public sealed class WeeklyReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 30, 0, TimeSpan.Zero);

    [Fact]
    public void Report_HasThisWeekBesideTheWeekBefore()
    {
        using var folder = new TemporaryDirectory();
        var clock = new FakeTimeProvider(Now.AddDays(-10));
        using var business = new BusinessView(folder.File("business.db"), clock);
        Ask(business, answers: 100, milliseconds: 100, stars: 3, isResolved: false);
        clock.SetUtcNow(Now.AddDays(-2));
        Ask(business, answers: 200, milliseconds: 900, stars: 5, isResolved: true);
        business.Drifted("unknown_words");
        clock.SetUtcNow(Now);
        var report = WeeklyReport.Of(business.Hours(336), 1, Now);

        var figures = WeeklyFigure.Of(report, new Prices("EUR", PerKwh: 0.36, PerHour: 0.1)).ToDictionary(f => f.Name);
        Assert.Equal((200, 100, "up 100 %"), (figures["Answers"].Week, figures["Answers"].Before, figures["Answers"].Change));
        Assert.Equal((1000, 100), (figures["First response, median"].Week, figures["First response, median"].Before));
        Assert.Equal(("100 %", "0 %"), (figures["Resolved"].Shown, figures["Resolved"].ShownBefore));
        Assert.Equal(("5.0", "3.0", "up 67 %"), (figures["Satisfaction (1 to 5)"].Shown, figures["Satisfaction (1 to 5)"].ShownBefore,
            figures["Satisfaction (1 to 5)"].Change));
        Assert.Equal(60, figures["Tokens an answer"].Week);
        Assert.Equal(2.5, figures["Energy an answer"].Week);
        // 2.5 J of 0.36 a kWh, and 168 h of 0.1 over 200 answers
        Assert.Equal(2.5 / 3_600_000 * 0.36 + 168 * 0.1 / 200, figures["Cost an answer"].Week!.Value, 12);
        Assert.Equal(200, report.Days[4].Answers + report.Days[5].Answers);
        Assert.Contains(WeeklyAdvice.Of(report), a => a.Contains("unknown words", StringComparison.Ordinal));

        var page = ReportPage.Html(report, [.. figures.Values], WeeklyAdvice.Of(report));
        Assert.Equal(3, page.Split("<svg").Length - 1);
        Assert.Contains("Cost an answer", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_FewRatings_ComparesNoRate()
    {
        var clock = new FakeTimeProvider(Now.AddDays(-10));
        using var business = new BusinessView(null, clock);
        Ask(business, answers: 5, milliseconds: 100, stars: 1, isResolved: false);
        clock.SetUtcNow(Now.AddDays(-1));
        Ask(business, answers: 5, milliseconds: 100, stars: 5, isResolved: true);
        clock.SetUtcNow(Now);
        var report = WeeklyReport.Of(business.Hours(336), 1, Now);
        Assert.Equal("", WeeklyFigure.Of(report, null).First(f => f.Name == "Resolved").Change);
        Assert.Equal(["Nothing needs doing."], WeeklyAdvice.Of(report));
    }

    [Theory]
    [InlineData("refused.overloaded", 50, "Student:Rows")]
    [InlineData("level.L3", 50, "fan, filter mat")]
    [InlineData("source.fallback", 50, "preset answer")]
    [InlineData("first.5000", 500, "begin late")]
    public void Advice_FollowsFromTheFigures(string name, double count, string expected)
    {
        Dictionary<string, double> counts = new()
        {
            ["source.model"] = 100,
            ["level.L0"] = 100,
            ["rating.count"] = 30,
            ["rating.sum"] = 140
        };
        counts[name] = count;
        Assert.Contains(expected, Assert.Single(WeeklyAdvice.Of(Of(counts))), StringComparison.Ordinal);
    }

    [Fact]
    public void Advice_UsersAreNotSatisfied_NamesTheReviewQueue() => Assert.Contains("edge-agent review", Assert.Single(WeeklyAdvice.Of(
        Of(new() { ["source.model"] = 100, ["rating.count"] = 30, ["rating.sum"] = 60 }))), StringComparison.Ordinal);

    [Fact]
    public void Advice_NobodyAsked_SaysSo() => Assert.Contains("Nobody asked", Assert.Single(WeeklyAdvice.Of(Of([]))),
        StringComparison.Ordinal);

    [Fact]
    public async Task Command_AddsUpDevicesAndWritesThePage()
    {
        using var folder = new TemporaryDirectory();
        foreach (var device in new[] { "one", "two" })
        {
            Directory.CreateDirectory(folder.File(device));
            using var business = new BusinessView(Path.Combine(folder.File(device), "business.db"), TimeProvider.System);
            Ask(business, answers: 30, milliseconds: 50, stars: 4, isResolved: true);
        }
        var (code, output, error) = await AgentProcess.RunAsync("", "report", "--week", "--state", folder.File("one"), folder.File("two"),
            "--html", folder.File("week.html"), "--json");
        Assert.True(code == 0, error);
        Assert.Contains("\"devices\":2", output, StringComparison.Ordinal);
        Assert.Contains("{\"name\":\"Answers\",\"unit\":\"\",\"week\":60", output, StringComparison.Ordinal);
        Assert.Contains("<svg", EdgeAgent.Platform.TextFile.ReadAllText(folder.File("week.html")), StringComparison.Ordinal);
        Assert.Equal(2, (await AgentProcess.RunAsync("", "report", "--state", folder.File("none"))).Code);
    }

    private static WeeklyReport Of(Dictionary<string, double> counts) =>
        WeeklyReport.Of([new BusinessReport(Now.AddHours(-5), counts)], 1, Now);

    private static void Ask(BusinessView business, int answers, double milliseconds, int stars, bool isResolved)
    {
        for (var i = 0; i < answers; i++)
        {
            business.Answered("model", milliseconds);
            business.Spent("L0", 40, 20, 2.5);
            business.Feedback($"{i}", stars, isResolved);
        }
    }
}
