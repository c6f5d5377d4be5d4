using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Live;
using EdgeAgent.Mqtt;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Serilog.Events;

namespace EdgeAgent.Tests.Hosting.Live;

/// <summary>Options changed over MQTT: held to their ranges, durable, on trial, and taken back where the link does not come back.</summary>
public sealed class ConfigureHandlerTests : IDisposable
{
    private static readonly AgentSettings Configured = new();
    private readonly TemporaryDirectory _state = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly Publisher _publisher = new();
    private readonly Loggers _loggers = new();
    private RunningSettings _running;
    private ConfigureHandler _handler;
    private bool _isConnected = true;

    public ConfigureHandlerTests() => (_running, _handler) = Start();

    public void Dispose()
    {
        _handler.Dispose();
        _state.Dispose();
    }

    /// <summary>A life of the agent.</summary>
    private (RunningSettings Running, ConfigureHandler Handler) Start()
    {
        var running = new RunningSettings(Configured, _loggers);
        var handler = new ConfigureHandler(running, new StatusPublisher(_publisher, new Topics("s", "d"), _clock), () => _isConnected,
            _state.File("configured.json"), _clock);
        handler.Resume();
        return (running, handler);
    }

    private void Restart()
    {
        _handler.Dispose();
        (_running, _handler) = Start();
    }

    private async Task<JsonObject> CommandAsync(string id, string options)
    {
        var payload = Encoding.UTF8.GetBytes($$"""{"options":{{options}}}""");
        var results = await _handler.HandleAsync([new DeviceCommand("configure", id, payload)]);
        return results.Single().Status!;
    }

    private int Tokens => _running.Queries.DefaultTokens;

    [Fact]
    public async Task Command_GoodOptions_CountAtOnceAndAreCommittedAfterTheTrial()
    {
        var status = await CommandAsync("a", """{"Queries:DefaultTokens":64,"Logs:Level":"Debug","Http:RequestsPerSecond":"7"}""");
        Assert.Equal("trial", (string?)status["state"]);
        Assert.Equal(64, (int?)status["options"]!["Queries:DefaultTokens"]);
        Assert.Equal((64, 7), (Tokens, _running.Http.RequestsPerSecond));
        Assert.Equal(LogEventLevel.Debug, _loggers.Level);
        _clock.Advance(ConfigureHandler.Trial);
        Assert.Equal("committed", _publisher.LastState);
        Restart();
        Assert.Equal(64, Tokens);
        Assert.Equal("committed", (string?)(await CommandAsync("a", """{"Queries:DefaultTokens":64}"""))["state"]);
    }

    [Fact]
    public async Task Command_LinkAwayAtTheEndOfTheTrial_IsRolledBack()
    {
        await CommandAsync("a", """{"Queries:DefaultTokens":64}""");
        _clock.Advance(ConfigureHandler.Trial);
        await CommandAsync("b", """{"Queries:DefaultTokens":32,"Logs:Level":"Error"}""");
        _isConnected = false;
        _clock.Advance(ConfigureHandler.Trial);
        Assert.Equal("rolled-back", _publisher.LastState);
        Assert.Equal((64, LogEventLevel.Information), (Tokens, _loggers.Level));
        Restart();
        Assert.Equal(64, Tokens);
        // the broker delivers the retained command again: it is not tried again
        Assert.Equal("rolled-back", (string?)(await CommandAsync("b", """{"Queries:DefaultTokens":32}"""))["state"]);
        Assert.Equal(64, Tokens);
    }

    [Fact]
    public async Task Agent_ThatEndsOnTrial_StartsWithWhatWasBefore()
    {
        await CommandAsync("a", """{"Queries:DefaultTokens":64}""");
        Restart();
        Assert.Equal(Configured.Queries.DefaultTokens, Tokens);
        Assert.Equal("rolled-back", _publisher.LastState);
    }

    /// <summary>A command gives all that differs: what it leaves out goes back to the configuration.</summary>
    [Fact]
    public async Task Command_WithoutAnOption_GivesItBackToTheConfiguration()
    {
        await CommandAsync("a", """{"Queries:DefaultTokens":64,"Queries:DeadlineSeconds":5}""");
        await CommandAsync("b", """{"Queries:DeadlineSeconds":6}""");
        Assert.Equal((Configured.Queries.DefaultTokens, TimeSpan.FromSeconds(6)), (Tokens, _running.Queries.Deadline));
    }

    [Theory]
    [InlineData("""{"Mqtt:Broker":"mqtt://evil"}""", "options among")]
    [InlineData("""{"Privacy:AllowDumps":"true"}""", "options among")]
    [InlineData("""{"Queries:DefaultTokens":0}""", "1..8192")]
    [InlineData("""{"Queries:DefaultTokens":"many"}""", "a whole number")]
    [InlineData("""{"Queries:DefaultTokens":2000}""", "Queries:MaxTokens")]
    [InlineData("""{"Logs:Level":"Loud"}""", "one of")]
    [InlineData("""{"Queries:DefaultTokens":null}""", "a text or a number")]
    [InlineData("""[]""", "options")]
    public async Task Command_NotAllowed_ChangesNothingAndSaysWhatIs(string options, string expected)
    {
        var status = await CommandAsync("a", options);
        Assert.Equal("failed", (string?)status["state"]);
        Assert.Contains(expected, (string?)status["detail"], StringComparison.Ordinal);
        Assert.Same(Configured, _running.Now);
        Assert.False(File.Exists(_state.File("configured.json")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"id\":1")]
    [InlineData("null")]
    [InlineData("""{"id":"a","options":{"Mqtt:Broker":"x"},"previous":null,"state":"committed"}""")]
    public void Record_Damaged_TheConfigurationCounts(string content)
    {
        File.WriteAllText(_state.File("configured.json"), content);
        Restart();
        Assert.Same(Configured, _running.Now);
    }

    private sealed class Publisher : IStatusPublisher
    {
        public string? LastState { get; private set; }

        public QueueResult Enqueue(OutboundMessage message)
        {
            LastState = (string?)JsonNode.Parse(message.Payload.Span)!["state"];
            return QueueResult.Queued;
        }
    }

    private sealed class Loggers : ILoggerFactory, ILogLevel
    {
        public LogEventLevel Level { get; set; } = LogEventLevel.Information;

        public ILogger CreateLogger(string categoryName) => throw new NotSupportedException();

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
