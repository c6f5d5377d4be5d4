using EdgeAgent.Endpoints.Http;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Tests;

/// <summary>
/// A whole agent on a free loopback port with the bundled student. Fails on Dispose when anything was logged as an error.
/// </summary>
internal sealed class AgentFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _state = new();
    private readonly RecordingLoggers _loggers = new();

    private AgentFixture(AgentSettings settings) => Agent = new AgentHost(settings, TimeProvider.System, _loggers);

    public AgentHost Agent { get; }
    public RecordingLoggers Loggers => _loggers;
    public BrokerAddress Broker => Agent.Broker;

    public static async Task<AgentFixture> StartAsync(Func<AgentSettings, AgentSettings>? change = null)
    {
        var settings = new AgentSettings
        {
            Mqtt = new MqttOptions { Listen = "127.0.0.1:0" },
            Http = new HttpOptions { Listen = "" },
            Student =
                new StudentSettings
                {
                    Model = Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent),
                    Rows = 4,
                    Threads = 1,
                    Spinning = false
                },
        };
        var fixture = new AgentFixture(change?.Invoke(settings) ?? settings);
        try
        {
            await fixture.Agent.StartAsync(TestContext.Current.CancellationToken);
            return fixture;
        }
        catch
        {
            fixture._state.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Agent.StopAsync(CancellationToken.None);
        _state.Dispose();
        var errors = _loggers.Lines.Where(l => l.Level >= LogLevel.Error).ToList();
        Assert.True(errors.Count == 0, string.Join(Environment.NewLine, errors));
    }
}

/// <summary>Keeps every log line.</summary>
internal sealed class RecordingLoggers : ILoggerFactory
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IEnumerable<(LogLevel Level, string Text)> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Recorder(this);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    private sealed class Recorder(RecordingLoggers owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            owner._lines.Enqueue((logLevel, formatter(state, exception) + (exception is null ? "" : " " + exception)));
    }
}
