using System.Net;
using EdgeAgent.Inference;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Queries;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace EdgeAgent;

/// <summary>
/// The running agent: broker (embedded or a site's), student, road and link, started in that order and stopped in reverse.
/// Started means: the student has answered a warm-up question. A site broker that is away does not hold the start up.
/// </summary>
public sealed partial class AgentService(AgentSettings settings, TimeProvider clock, ILoggerFactory loggers, ISystemdNotifier? notifier = null) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan EmbeddedConnectTimeout = TimeSpan.FromSeconds(10);
    private readonly ILogger _logger = loggers.CreateLogger<AgentService>();
    private readonly AgentMetrics _metrics = new();
    private EmbeddedBroker? _broker;
    private Student? _student;
    private QueryRoad? _road;
    private MqttLink? _link;

    public AgentMetrics Metrics => _metrics;

    public Student Student => _student ?? throw new InvalidOperationException("not started");

    public QueryRoad Road => _road ?? throw new InvalidOperationException("not started");

    public MqttLink Link => _link ?? throw new InvalidOperationException("not started");

    /// <summary>The broker terminals connect to.</summary>
    public BrokerAddress Broker { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Mqtt.Broker.Length > 0)
        {
            Broker = BrokerAddress.Parse(settings.Mqtt.Broker);
        }
        else
        {
            _broker = await EmbeddedBroker.StartAsync(IPEndPoint.Parse(settings.Mqtt.Listen), settings.Mqtt.MaxPacketBytes).ConfigureAwait(false);
            var host = _broker.EndPoint.Address is var a && (a.Equals(IPAddress.Any) || a.Equals(IPAddress.IPv6Any)) ? IPAddress.Loopback : a;
            Broker = new BrokerAddress(host.ToString(), _broker.EndPoint.Port, Tls: false);
            Listening(_logger, _broker.EndPoint.ToString());
        }
        Status("loading the student");
        _student = Student.Load(settings.ModelDirectory, settings.Student.ToOptions(), clock, loggers.CreateLogger<Student>());
        var manifest = _student.Manifest;
        Loaded(_logger, manifest.Name, manifest.Version, _student.Provider.ToString(), _student.LoadTime.TotalMilliseconds, _student.Rows, _student.Context);
        var client = new StudentChatClient(_student);
        Status("warming up");
        await WarmUpAsync(client, cancellationToken).ConfigureAwait(false);

        // link and road know each other: the link hands messages to the road, the road replies through the link
        _link = new MqttLink(settings.Mqtt, Broker, clock, loggers.CreateLogger<MqttLink>(), message => _road!.Receive(message), Describe);
        _road = new QueryRoad(client, manifest.Name, new Topics(settings.Mqtt.Site, settings.Mqtt.Device), settings.Queries, settings.Privacy.Enabled ? Desensitizer.Create(settings.Privacy) : null, _link, _metrics, clock, loggers.CreateLogger<QueryRoad>());
        _link.Start();
        if (_broker is not null) await _link.Connected.WaitAsync(EmbeddedConnectTimeout, clock, cancellationToken).ConfigureAwait(false);
        Status($"serving {manifest.Name} {manifest.Version} on {_student.Provider.Got}, broker {Broker}");
    }

    private static async Task WarmUpAsync(StudentChatClient client, CancellationToken cancellationToken)
    {
        var answer = await client.GetResponseAsync([new ChatMessage(ChatRole.User, "?")], new ChatOptions { MaxOutputTokens = 4 }, cancellationToken).ConfigureAwait(false);
        if (answer.FinishReason is null) throw new InvalidOperationException("the student gave no answer to the warm-up question");
    }

    /// <summary>What the state topic says beside online, session and since.</summary>
    private Dictionary<string, string> Describe() => new()
    {
        ["model"] = Student.Manifest.Name,
        ["version"] = Student.Manifest.Version,
        ["provider"] = Student.Provider.Got.ToString(),
        ["provider_asked"] = string.Join(", ", Student.Provider.Asked),
        ["provider_why"] = string.Join("; ", Student.Provider.Reasons),
        ["agent"] = typeof(AgentService).Assembly.GetName().Version!.ToString(3),
    };

    /// <summary>Drains: new queries are refused, running answers finish within the bound; then says offline and stops.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Status("draining");
        if (_road is not null) await _road.DrainAsync().ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_road is { } road) await road.DisposeAsync().ConfigureAwait(false);
        if (_link is { } link) await link.DisposeAsync().ConfigureAwait(false);
        if (_broker is { } broker) await broker.DisposeAsync().ConfigureAwait(false);
        _student?.Dispose();
        _metrics.Dispose();
        (_road, _link, _broker, _student) = (null, null, null, null);
    }

    private void Status(string text) => notifier?.Notify(new ServiceState($"STATUS={text}"));

    [LoggerMessage(Level = LogLevel.Information, Message = "Embedded broker listens on {EndPoint}")]
    private static partial void Listening(ILogger logger, string endPoint);

    [LoggerMessage(Level = LogLevel.Information, Message = "Student {Name} {Version} on {Provider}, loaded in {Milliseconds:F0} ms, {Rows} rows of {Context} tokens")]
    private static partial void Loaded(ILogger logger, string name, string version, string provider, double milliseconds, int rows, int context);
}
