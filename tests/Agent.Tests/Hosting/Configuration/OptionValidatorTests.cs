using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Platform.Configuration;
using EdgeAgent.Queries;

namespace EdgeAgent.Tests.Hosting.Configuration;

public sealed class OptionValidatorTests
{
    public static TheoryData<string> NumericKeys => [.. AllOptions.Numeric.Select(o => o.Key)];

    public static TheoryData<string> Keys => [.. AllOptions.Found.Select(o => o.Key)];

    [Theory]
    [MemberData(nameof(NumericKeys))]
    public void Problems_NumberOutsideItsRange_NamesKeyAndValue(string key)
    {
        var option = AllOptions.Found.Single(o => o.Key == key).Option;
        var (below, above) = AllOptions.Outside(option);
        foreach (var value in new[] { below, above })
            Assert.Contains($"{key} must be {option.Rules.Single().Allowed}, found {value}", Load(key, value));
    }

    [Theory]
    [MemberData(nameof(NumericKeys))]
    public void Problems_NumberAtTheEndsOfItsRange_IsAllowed(string key)
    {
        var option = AllOptions.Found.Single(o => o.Key == key).Option;
        var (min, max) = AllOptions.Inside(option);
        foreach (var value in new[] { min, max })
            Assert.DoesNotContain(Load(key, value),
                p => p.StartsWith($"{key} must be {option.Rules.Single().Allowed}", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(NumericKeys))]
    public void Option_Number_HasAUnit(string key) => Assert.NotNull(AllOptions.Found.Single(o => o.Key == key).Option.Unit);

    [Theory]
    [MemberData(nameof(Keys))]
    public void Option_Duration_HasAKeyThatNamesItsUnit(string key)
    {
        var option = AllOptions.Found.Single(o => o.Key == key).Option;
        Assert.Equal(option.Type == typeof(TimeSpan), option.Duration is not null);
        if (option.Duration is { } duration)
            Assert.True(key.EndsWith($"{duration.Unit}", StringComparison.Ordinal)
                || duration.Unit == DurationUnit.Seconds && key.EndsWith('S'), key);
    }

    [Fact]
    public void Problems_Defaults_AreNone() => Assert.Empty(OptionValidator.Problems(new AgentSettings()));

    [Fact]
    public void Problems_RuleOverTwoOptions_NamesBoth() =>
        Assert.Equal(["Queries:DefaultTokens must be at most Queries:MaxTokens (100), found 192"],
            OptionValidator.Problems(new QueryOptions { MaxTokens = 100 }));

    private static IReadOnlyList<string> Load(string key, string value)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("agent.json"), "{}");
        try
        {
            AgentSettings.Load(directory.File("agent.json"), new Dictionary<string, string?> { [key] = value });
            return [];
        }
        catch (SettingsException e)
        {
            return e.Problems;
        }
    }
}
