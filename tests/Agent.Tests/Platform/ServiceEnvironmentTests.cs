using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class ServiceEnvironmentTests
{
    private static ServiceEnvironment Read(params (string Name, string Value)[] variables) =>
        ServiceEnvironment.Read(name => variables.Where(v => v.Name == name).Select(v => v.Value).FirstOrDefault(), process: 42);

    /// <summary>sd_watchdog_enabled(3): a period in microseconds, for the process that is named, or for any where none is.</summary>
    [Theory]
    [InlineData("30000000", "42", 30.0)]
    [InlineData("30000000", null, 30.0)]
    [InlineData("30000000", "43", null)]
    [InlineData("0", "42", null)]
    [InlineData("soon", "42", null)]
    [InlineData(null, "42", null)]
    public void Watchdog_PeriodAndProcess_CountForThisProcess(string? period, string? process, double? seconds)
    {
        var variables = new List<(string, string)>();
        if (period is not null) variables.Add(("WATCHDOG_USEC", period));
        if (process is not null) variables.Add(("WATCHDOG_PID", process));
        Assert.Equal(seconds, Read([.. variables]).Watchdog?.TotalSeconds);
    }

    [Fact]
    public void Directories_Several_TheFirstCounts()
    {
        var environment = Read(("STATE_DIRECTORY", "/var/lib/edge-agent:/var/lib/other"), ("LOGS_DIRECTORY", "/var/log/edge-agent"));
        Assert.Equal(("/var/lib/edge-agent", "/var/log/edge-agent", null),
            (environment.StateDirectory, environment.LogsDirectory, environment.CredentialsDirectory));
    }

    /// <summary>The unit's blank default stands for a secret that is not there.</summary>
    [Theory]
    [InlineData("secret", true)]
    [InlineData("\n-----BEGIN CERTIFICATE-----", true)]
    [InlineData("\n", false)]
    [InlineData("", false)]
    public void Credential_BlankOrNot_IsThereOnlyWithContent(string content, bool isThere)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("mqtt-password"), content);
        var environment = Read(("CREDENTIALS_DIRECTORY", directory.Path));
        Assert.Equal(isThere ? directory.File("mqtt-password") : null, environment.Credential("mqtt-password"));
        Assert.Null(environment.Credential("mqtt-key"));
        Assert.Null(Read().Credential("mqtt-password"));
    }
}
