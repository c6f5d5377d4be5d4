using System.Text;
using EdgeAgent.Answers;

namespace EdgeAgent.Tests.Answers;

public sealed class PurgeFilterTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What would fit every answer by mistake, or cannot be computed, selects nothing.</summary>
    [Theory]
    [InlineData("""{"match":""}""", "a text to match, found an empty one")]
    [InlineData("""{"match":" "}""", "a text to match, found an empty one")]
    [InlineData("""{"model":""}""", "a model digest, found an empty text")]
    [InlineData("""{"older_days":-1}""", "older_days of 0..36500, found -1")]
    [InlineData("""{"older_days":1e300}""", "older_days of 0..36500, found 1E+300")]
    [InlineData("""{"older_days":1e999}""", "older_days of 0..36500, found Infinity")]
    [InlineData("""{"older_days":"x"}""", "what to delete as JSON")]
    [InlineData("""{"match":5}""", "what to delete as JSON")]
    [InlineData("""{"match":null}""", "match, model or older_days")]
    [InlineData("{}", "match, model or older_days")]
    [InlineData("[]", "what to delete as JSON")]
    [InlineData("nonsense", "what to delete as JSON")]
    public void Parse_SelectsNothingOrEverythingByMistake_SaysWhatWasExpected(string json, string expected) =>
        Assert.StartsWith(expected,
            Assert.Throws<FormatException>(() => PurgeFilter.Parse(Encoding.UTF8.GetBytes(json), Now)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Fits_AllThatIsGiven_MustFit()
    {
        var entry = new AnswerEntry { Id = "a", Questions = ["Who?"], Answer = "Me.", Model = "m", CreatedAt = Now.AddDays(-2) };
        Assert.True(PurgeFilter.Create(null, null, "WHO", Now).Fits(entry));
        Assert.True(PurgeFilter.Create("m", 1, "a", Now).Fits(entry));
        Assert.True(PurgeFilter.Create(null, 0, null, Now).Fits(entry));
        Assert.False(PurgeFilter.Create("m", 3, "a", Now).Fits(entry));
        Assert.False(PurgeFilter.Create("other", 1, "a", Now).Fits(entry));
        Assert.False(PurgeFilter.Create("m", 1, "you", Now).Fits(entry));
    }
}
