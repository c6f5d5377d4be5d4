using System.Text.Json.Nodes;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Tests.Mqtt;
using EdgeAgent.Thermal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;

namespace EdgeAgent.Tests.Thermal;

/// <summary>Devices that are configured and missing are findings, never an outage.</summary>
public sealed class BoardMonitorTests
{
    [Fact]
    public async Task Run_DevicesThatAreMissing_AreNamedOnceAndFoundLater()
    {
        using var root = new TemporaryDirectory();
        // a clock of its own: it stands still while the sensor is read
        var (clock, sensorClock, loggers) = (new FakeTimeProvider(), new FakeTimeProvider(), new RecordingLoggers());
        FakeSht3x? sensor = null;
        using var devices = new BoardDevices
        {
            Climate = new CabinetClimate(new ClimateOptions { Sensor = ClimateSensorKind.Sht3x },
                (_, _) => sensor ?? throw new IOException("no bus"), sensorClock),
            Missing = ["the maintenance button: there is no line 999"],
        };
        await using var monitor = new BoardMonitor(new BoardSensors(root.Path, clock), () => 1, () => new BoardState(Level.L0, false),
            devices, clock, loggers.CreateLogger("board"), round => round());
        var changes = 0;
        monitor.ProblemsChanged += () => Interlocked.Increment(ref changes);
        await Waiting.ForAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(250));
            return monitor.Problems.Count == 2;
        });
        Assert.Null(monitor.Latest.Cabinet);
        var finding = new BoardDevicesCheck(devices).Check();
        Assert.Equal(HealthSeverity.Warning, finding.Severity);
        Assert.Contains("no line 999", finding.Found, StringComparison.Ordinal);
        Assert.Contains("Sht3x on I2C bus 7, address 68 (0x44): no bus", finding.Found, StringComparison.Ordinal);
        Assert.NotNull(finding.Remedy);

        sensor = new FakeSht3x();
        sensorClock.Advance(TimeSpan.FromSeconds(61));
        await Waiting.ForAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(250));
            return monitor.Latest.Cabinet is not null && monitor.Problems.Count == 1;
        });
        Assert.True(changes >= 2, $"{changes} changes");
        Assert.Equal(2, loggers.Lines.Count(l => l.Level == LogLevel.Warning));
        Assert.DoesNotContain("Sht3x", new BoardDevicesCheck(devices).Check().Found, StringComparison.Ordinal);
    }

    private static string Problems(MqttApplicationMessage state) =>
        JsonNode.Parse(state.ConvertPayloadToString())!["board_problems"]?.ToString() ?? "";

    [Fact]
    public void Check_NothingConfigured_IsGood()
    {
        using var devices = new BoardDevices();
        Assert.Equal(HealthSeverity.Good, new BoardDevicesCheck(devices).Check().Severity);
    }

    /// <summary>A whole agent whose board lacks all that is configured: it answers, and its state says what is missing.</summary>
    [Fact]
    public async Task Start_BoardThatLacksEverything_TheAgentServesAndSaysSo()
    {
        await using var agent = await AgentFixture.StartAsync(s => s with
        {
            StackLight = new StackLightOptions { Green = 5, Button = 6, Chip = "no-such-chip" },
            Climate = new ClimateOptions { Sensor = ClimateSensorKind.Bme280, Bus = 250 },
            Display = new DisplayOptions { Enabled = true, Bus = 250 },
        });
        await using var client = await RawClient.ConnectAsync(agent.Broker, "watcher", true, "edge/v1/+/+/state");
        await Waiting.ForAsync(() => client.Received.Any(m => Problems(m) is var text
            && text.Contains("StackLight", StringComparison.Ordinal)
            && text.Contains("the Bme280 on I2C bus 250, address 119 (0x77)", StringComparison.Ordinal)
            && text.Contains("the display on I2C bus 250, address 39 (0x27)", StringComparison.Ordinal)));
    }
}
