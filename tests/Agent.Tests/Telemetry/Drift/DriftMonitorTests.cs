using EdgeAgent.Telemetry.Drift;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Telemetry.Drift;

/// <summary>Drift in simulated questions: how soon it is found, and how often an alarm is false.</summary>
public sealed class DriftMonitorTests
{
    /// <summary>Questions of a simulated month: 500 a day.</summary>
    private const int Month = 15_000;

    /// <summary>At most one false alarm a simulated month, on average over twenty plants, and none that has many.</summary>
    [Fact]
    public void Monitor_NothingChanges_RaisesAtMostOneAlarmAMonth()
    {
        var alarms = Enumerable.Range(0, 20).Select(seed =>
        {
            var (monitor, plant) = Start(seed);
            for (var i = 0; i < Month; i++) plant.Ask(monitor, isNewLine: false);
            return monitor.Alarms.Count;
        }).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"false alarms a month: {string.Join(' ', alarms)}");
        Assert.True(alarms.Average() <= 1, $"false alarms a month: {string.Join(' ', alarms)}");
        Assert.True(alarms.Count(a => a <= 1) >= 18, $"false alarms a month: {string.Join(' ', alarms)}");
    }

    /// <summary>A new product line brings its own words into half of the questions.</summary>
    [Fact]
    public void Monitor_NewProductLine_IsFoundWithinThreeHundredQuestions()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (monitor, plant) = Start(seed);
            for (var i = 0; i < 1000; i++) plant.Ask(monitor, isNewLine: false);
            var before = monitor.Alarms.Count;
            var needed = 0;
            while (monitor.Alarms.Count == before && needed++ < 1000) plant.Ask(monitor, isNewLine: true);
            Assert.True(needed <= 300, $"seed {seed}: {needed} questions");
            var alarm = monitor.Alarms[^1];
            Assert.Equal(DriftMonitor.Unknown, alarm.Statistic);
            Assert.True(alarm.Now > alarm.Reference);
        }
    }

    [Fact]
    public void Monitor_RefusalsAndRatingsGetWorse_NamesThem()
    {
        var (monitor, plant) = Start(1);
        for (var i = 0; i < 300; i++) plant.Ask(monitor, isNewLine: false, refusals: 0.4);
        Assert.Contains(monitor.Alarms, a => a.Statistic == DriftMonitor.Refused && a.Now > a.Reference);
        Assert.DoesNotContain(monitor.Alarms, a => a.Statistic == DriftMonitor.Rating);
        for (var i = 0; i < 300; i++) monitor.AddRating(2);
        Assert.Contains(monitor.Alarms, a => a.Statistic == DriftMonitor.Rating && a.Now < a.Reference);
    }

    [Fact]
    public void Reference_IsFrozenOnceAndReadAgain()
    {
        using var folder = new TemporaryDirectory();
        var path = folder.File("drift.json");
        var saved = new List<DriftReference>();
        var (monitor, plant) = Start(3, saved.Add);
        for (var i = 0; i < 5000; i++) plant.Ask(monitor, isNewLine: true);
        var reference = Assert.Single(saved);
        reference.Save(path);

        var again = new DriftMonitor(DriftReference.Load(path), seed: 999, new FakeTimeProvider());
        Assert.Equal(1, again.Progress);
        for (var i = 0; i < 300; i++) plant.Ask(again, isNewLine: true);
        Assert.Contains(again.Alarms, a => a.Statistic == DriftMonitor.Unknown);
        Assert.DoesNotContain("word1", EdgeAgent.Platform.TextFile.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("{\"seed\":1,\"words\":[],\"statistics\":{\"rating\":{\"mean\":1,\"deviation\":0}}}")]
    public async Task Reference_CannotBeUsed_IsTakenAnew(string text)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File("drift.json"), text, TestContext.Current.CancellationToken);
        Assert.Null(DriftReference.Load(folder.File("drift.json")));
    }

    [Fact]
    public void Chart_OneOddBlock_RaisesNothing()
    {
        var chart = new CusumChart(new DriftBaseline(0, 1));
        Assert.Equal(0, chart.Add(1000));
        Assert.Equal(0, chart.Add(0));
        Assert.Equal([0, 0, -1], Enumerable.Range(0, 3).Select(_ => chart.Add(-4)));
    }

    private static (DriftMonitor Monitor, Plant Plant) Start(int seed, Action<DriftReference>? frozen = null)
    {
        var monitor = new DriftMonitor(null, seed: 7, new FakeTimeProvider()) { Frozen = frozen };
        var plant = new Plant(new Random(seed));
        while (monitor.Progress < 1) plant.Ask(monitor, isNewLine: false);
        return (monitor, plant);
    }

    /// <summary>A plant's questions: words by Zipf's law, some refused, some from the store, one in six rated.</summary>
    private sealed class Plant(Random random)
    {
        public void Ask(DriftMonitor monitor, bool isNewLine, double refusals = 0.04)
        {
            var isNew = isNewLine && random.Next(2) == 0;
            var words = Enumerable.Range(0, 4 + random.Next(9)).Select(_ => isNew && random.Next(3) == 0
                ? $"line{random.Next(60)}" : $"word{Zipf()}").ToList();
            monitor.Add(new DriftSample(words, random.NextDouble() < refusals, random.NextDouble() < 0.35));
            if (random.Next(6) == 0) monitor.AddRating(random.NextDouble() < 0.8 ? 5 : 1 + random.Next(4));
        }

        private int Zipf() => (int)Math.Exp(random.NextDouble() * Math.Log(3000));
    }
}
