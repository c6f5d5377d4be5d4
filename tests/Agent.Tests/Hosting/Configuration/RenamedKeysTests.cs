using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;

namespace EdgeAgent.Tests.Hosting.Configuration;

public sealed class RenamedKeysTests
{
    /// <summary>Every old key, and a key of every old section, with a value that is not the default.</summary>
    public static TheoryData<string, string, string> Old => new()
    {
        { "Guard:MostBackOffSeconds", "Supervisor:MaxBackOffSeconds", "7" },
        { "Guard:MostGivenUp", "Supervisor:MaxGivenUp", "7" },
        { "Guard:StallSeconds", "Supervisor:StallSeconds", "7" },
        { "guard:maxgivenup", "Supervisor:MaxGivenUp", "7" },
        { "Panel:Green", "StackLight:Green", "7" },
        { "Updates:MostBundleBytes", "Updates:MaxBundleBytes", "7" },
        { "Updates:LeastSpeed", "Updates:MinSpeed", "0.7" },
        { "Updates:MostMemory", "Updates:MaxMemory", "7" },
        { "Updates:MostBusy", "Updates:MaxBusy", "7" },
        { "Updates:LeastBatteryPercent", "Updates:MinBatteryPercent", "7" },
    };

    [Theory]
    [MemberData(nameof(Old))]
    public void Load_OldName_SetsTheOptionAndWarnsWithBothNames(string old, string renamed, string value)
    {
        var settings = Load(new() { [old] = value });
        // as texts, which name every scalar: records with equal lists are not equal
        Assert.Equal($"{Load(new() { [renamed] = value })}", $"{settings}");
        Assert.NotEqual($"{Load([])}", $"{settings}");
        var warning = Assert.Single(settings.Warnings);
        Assert.StartsWith($"{old} has been renamed {renamed};", warning, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Old))]
    public void Load_OldAndNewName_IsAnErrorThatNamesBoth(string old, string renamed, string value)
    {
        var problem = Assert.Single(Assert.Throws<SettingsException>(() => Load(new() { [old] = value, [renamed] = value })).Problems);
        Assert.Contains(old, problem, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(renamed, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NewNamesOnly_WarnsOfNothing() => Assert.Empty(Load(new() { ["Supervisor:MaxGivenUp"] = "7" }).Warnings);

    [Fact]
    public void Load_OldNameWithAWrongValue_NamesTheNewKey() =>
        Assert.Contains("Supervisor:MaxGivenUp must be 0..1000, found -1",
            Assert.Throws<SettingsException>(() => Load(new() { ["Guard:MostGivenUp"] = "-1" })).Problems);

    /// <summary>A row whose new name no option has would turn an old key into an unknown one.</summary>
    [Fact]
    public void Table_EveryNewName_IsAnOptionOrASection() =>
        Assert.All(RenamedKeys.Table,
            row => Assert.Contains(AllOptions.Found, o => o.Key == row.New || o.Key.StartsWith($"{row.New}:", StringComparison.Ordinal)));

    [Fact]
    public void Table_EveryRow_IsTested() =>
        Assert.All(RenamedKeys.Table,
            row => Assert.Contains(Old, t => t.Data.Item1 == row.Old || t.Data.Item1.StartsWith($"{row.Old}:", StringComparison.Ordinal)));

    private static AgentSettings Load(Dictionary<string, string?> values)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("agent.json"), "{}");
        return AgentSettings.Load(directory.File("agent.json"), values) with { StateDirectory = "/var/lib/edge-agent" };
    }
}
