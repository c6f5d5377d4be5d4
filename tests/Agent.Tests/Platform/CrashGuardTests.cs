using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class CrashGuardTests
{
    [Fact]
    public void Describe_Exception_NamesTypesNotMessages()
    {
        var text = CrashGuard.Describe(new InvalidOperationException("secret", new FormatException("more")));
        Assert.Equal("System.InvalidOperationException\n --- inside it: System.FormatException", text);
    }
}
