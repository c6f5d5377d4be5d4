using EdgeAgent.Endpoints.Http;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Hosting;

public sealed class AgentHostTests
{
    private static AgentSettings Settings(string state) => new()
    {
        Mqtt = new MqttOptions { Listen = "127.0.0.1:0" },
        Http = new HttpOptions { Listen = "127.0.0.1:0" },
        StateDirectory = state,
    };

    /// <summary>Every service can be built: nothing is missing and nothing needs itself.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Services_WithAndWithoutAState_AreComplete(bool hasState)
    {
        using var directory = new TemporaryDirectory();
        var state = hasState ? directory.File("state") : "";
        using var services = new ServiceCollection().AddAgent(Settings(state), TimeProvider.System, NullLoggerFactory.Instance,
            new StatusLine(null), null).BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
        Assert.NotEmpty(services.GetServices<PartRegistration>());
        Assert.All(services.GetServices<PartRegistration>(), p => Assert.True(typeof(IAgentPart).IsAssignableFrom(p.Part)));
    }

    /// <summary>The broker comes first, and the connection only when student, answers and updates are there.</summary>
    [Fact]
    public void Parts_InTheirOrder_ConnectLast()
    {
        using var directory = new TemporaryDirectory();
        using var services = new ServiceCollection()
            .AddAgent(Settings(directory.File("state")), TimeProvider.System, NullLoggerFactory.Instance,
                new StatusLine(null), null)
            .BuildServiceProvider();
        Assert.Equal(["HttpPart", "BrokerPart", "ServingPart", "EnginesPart", "ThermalPart", "LibraryPart", "AnswersPart",
            "UpdatesPart", "LibraryUpdatesPart", "HttpServingPart", "HomeAssistantPart",
            "LivePart", "MqttEndpointsPart", "LinkWatch", "HealthPart", "ServiceStatus",
            "WatchdogPart"],
            services.GetServices<PartRegistration>().Select(p => p.Part.Name));
    }

    [Fact]
    public async Task Start_ModelMissing_FailsAndCanBeDisposedOf()
    {
        using var directory = new TemporaryDirectory();
        var settings = Settings(directory.Path);
        await using var host = new AgentHost(settings with { Student = settings.Student with { Model = directory.File("none") } },
            TimeProvider.System, NullLoggerFactory.Instance);
        await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A device without sensors, on the CPU although TensorRT is preferred, says both after its start.</summary>
    [Fact]
    public async Task Health_WhatIsNotGood_IsLoggedWithItsRemedy()
    {
        await using var agent = await AgentFixture.StartAsync(s => s with { Thermal = s.Thermal with { Enabled = false } });
        var checks = agent.Agent.Services.GetServices<IHealthCheck>().ToDictionary(c => c.Name, c => c.Check());
        Assert.Equal(["broker", "certificates", "databases", "devices of the board", "execution provider", "link", "manuals",
            "state directory", "student", "temperature sensors"], checks.Keys.Order());
        Assert.Equal(HealthSeverity.Warning, checks["execution provider"].Severity);
        Assert.Contains("TensorRT", checks["execution provider"].Found, StringComparison.Ordinal);
        foreach (var (name, finding) in checks.Where(c => c.Value.Severity != HealthSeverity.Good))
            Assert.Contains(agent.Loggers.Lines, l => l.Text.Contains($"Health, {name}: {finding.Found}", StringComparison.Ordinal));
    }
}
