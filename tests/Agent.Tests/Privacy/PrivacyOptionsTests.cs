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
            new PrivacyOptions { Recognizers = [new CustomRecognizer { Name = "n", Type = "T", Pattern = pattern }] }.Problems(),
            p => p.StartsWith("Privacy:Recognizers:0:Pattern", StringComparison.Ordinal) && p.Contains(said, StringComparison.Ordinal));

    [Fact]
    public void Problems_KeyedActionsAndRoles_AreNamed()
    {
        Assert.Contains(new PrivacyOptions { Actions = new Dictionary<string, string> { ["EMAIL"] = "hash" } }.Problems(),
            p => p.StartsWith("Privacy:KeyFile is needed", StringComparison.Ordinal));
        Assert.Contains(new PrivacyOptions { KeyFile = "/nonexistent" }.Problems(),
            p => p.StartsWith("Privacy:KeyFile must be", StringComparison.Ordinal));
        Assert.Contains(new PrivacyOptions { Roles = [new RestoreRole { ReplyPrefixes = ["a/#"] }] }.Problems(),
            p => p.StartsWith("Privacy:Roles:0:ReplyPrefixes", StringComparison.Ordinal));
        Assert.Contains(new PrivacyOptions { ConversationMinutes = 0 }.Problems(),
            p => p.StartsWith("Privacy:ConversationMinutes", StringComparison.Ordinal));
    }
}
