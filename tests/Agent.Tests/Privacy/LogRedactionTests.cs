using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy;

public sealed class LogRedactionTests
{
    [Fact]
    public void GetRedactor_UserText_ErasesIt() =>
        Assert.Equal("", LogRedaction.CreateProvider(new PrivacyOptions()).GetRedactor(LogClasses.UserText).Redact("张伟问"));
}
