using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy;

public sealed class PrivacyOptionsTests
{
    [Theory]
    [InlineData("(?<=a)b", "look-around")]
    [InlineData("(a", "regular expression")]
    [InlineData("x*", "empty text")]
    [InlineData("", "1..1000 characters")]
    public void Problems_BadPattern_IsNamed(string pattern, string said) =>
        Assert.Contains(
            OptionValidator.Problems(
                new PrivacyOptions { Recognizers = [new CustomRecognizer { Name = "n", Type = "T", Pattern = pattern }] }),
            p => p.StartsWith("Privacy:Recognizers:0:Pattern", StringComparison.Ordinal) && p.Contains(said, StringComparison.Ordinal));

    [Fact]
    public void Problems_KeyedActionsAndRoles_AreNamed()
    {
        Assert.Contains(
            OptionValidator.Problems(
                new PrivacyOptions { Actions = new Dictionary<string, PrivacyAction> { ["EMAIL"] = PrivacyAction.Hash } }),
            p => p.StartsWith("Privacy:KeyFile is needed", StringComparison.Ordinal));
        Assert.Contains(OptionValidator.Problems(new PrivacyOptions { KeyFile = "/nonexistent" }),
            p => p.StartsWith("Privacy:KeyFile must be", StringComparison.Ordinal));
        Assert.Contains(OptionValidator.Problems(new PrivacyOptions { Roles = [new RestoreRole { ReplyPrefixes = ["a/#"] }] }),
            p => p.StartsWith("Privacy:Roles:0:ReplyPrefixes", StringComparison.Ordinal));
        Assert.Contains(OptionValidator.Problems(new PrivacyOptions { ConversationLifetime = TimeSpan.Zero }),
            p => p.StartsWith("Privacy:ConversationMinutes", StringComparison.Ordinal));
    }
}
