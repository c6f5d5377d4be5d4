using System.Net;
using EdgeAgent.Answers;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Evaluation;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting;

/// <summary>
/// The running agent: broker (embedded or a site's), student, road and link, started in that order and stopped in reverse.
/// Started means: the student has answered a warm-up question. A site broker that is away does not hold the start up.
/// </summary>
internal sealed partial class AgentService(AgentSettings settings, TimeProvider clock, ILoggerFactory loggers,
    ISystemdNotifier? notifier = null, IHostApplicationLifetime? lifetime = null) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan EmbeddedConnectTimeout = TimeSpan.FromSeconds(10);
    private readonly ILogger _logger = loggers.CreateLogger<AgentService>();
    private AgentMetrics? _metrics;
    private EngineSupervisor? _guard;
    private BoardMonitor? _board;
    private GpioPins? _pins;
    private AnswerCommands? _commands;
    private EmbeddedBroker? _broker;
    private StudentRouter? _router;
    private UpdateJournal? _journal;
    private UpdateLoop? _updates;
    private UpdateReporter? _reporter;
    private ThermalMonitor? _thermal;
    private AnswerCache? _answers;
    private ITimer? _telemetry;
    private QueryHandler? _road;
    private MqttLink? _link;

    public AgentMetrics Metrics => _metrics ?? throw new InvalidOperationException("not started");

    /// <summary>The student that serves now.</summary>
    public Student Student => _router?.Current ?? throw new InvalidOperationException("not started");

    public QueryHandler Queries => _road ?? throw new InvalidOperationException("not started");

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
            _broker =
                await EmbeddedBroker.StartAsync(IPEndPoint.Parse(settings.Mqtt.Listen), settings.Mqtt.MaxPacketBytes).ConfigureAwait(false);
            var host = _broker.EndPoint.Address is var a && (a.Equals(IPAddress.Any) || a.Equals(IPAddress.IPv6Any))
                ? IPAddress.Loopback : a;
            Broker = new BrokerAddress(host.ToString(), _broker.EndPoint.Port, Tls: false);
            Listening(_logger, _broker.EndPoint.ToString());
        }
        Status("loading the student");
        var options = settings.Student.ToOptions();
        var slots = settings.Updates.Enabled && settings.StateDirectory.Length > 0 ? new SlotStore(settings.SlotsPath) : null;
        var student = LoadServing(slots, options);
        var manifest = student.Manifest;
        Loaded(_logger, manifest.Name, manifest.Version, student.Provider.ToString(), student.LoadTime.TotalMilliseconds, student.Rows,
            student.Context);
        _router = new StudentRouter(student, clock);
        Status("warming up");
        await WarmUp.RunAsync(_router, cancellationToken).ConfigureAwait(false);

        IThermalSource sensors = settings.SimulateHeat.Length > 0
            ? new SimulatedSensors(HeatProfile.Load(settings.SimulateHeat))
            : new SysfsSensors(settings.Thermal.Enabled ? "/sys" : "/nonexistent", clock);
#if IOT_BINDINGS
        if (settings.SimulateHeat.Length == 0 && settings.Thermal.Enabled) sensors = new CpuTemperatureSensors(sensors);
#endif
        var thermal = _thermal = new ThermalMonitor(sensors, settings.Thermal, clock, loggers.CreateLogger<ThermalMonitor>());
        thermal.Start();
        var desensitizer = Desensitizer.Create(settings.Privacy);
        _answers = OpenAnswers(desensitizer);
        _answers?.Serve(student.Digest);
        _router.Serving += () => _answers?.Serve(_router.Current.Digest);
        var guard = _guard = new EngineSupervisor(_router,
            (directory, providers, cancellation) => WarmUp.LoadAsync(directory, options with { Providers = providers }, clock,
                loggers.CreateLogger<Student>(), cancellation),
            options.Providers, settings.Guard, clock, loggers.CreateLogger<EngineSupervisor>());
        guard.Unrecoverable += End;
        thermal.Read += level => guard.Heat(level >= Level.L4);
        _metrics = new AgentMetrics(OpenBusiness());
        var router = _router;
        var board = _board = new BoardMonitor(new BoardSensors(settings.Thermal.Enabled ? "/" : "/nonexistent", clock),
            () => router.Current.Engine.Load.Active, () => (thermal.State.Level, guard.Health.State == EngineState.Restarting), OpenPanel(),
            clock);

        // link and road know each other: the link hands messages to the road, the road replies through the link
        var topics = new Topics(settings.Mqtt.Site, settings.Mqtt.Device);
        _link = new MqttLink(settings.Mqtt, Broker, clock, loggers.CreateLogger<MqttLink>(), message => _road!.Receive(message), Describe);
        _road = new QueryHandler(new SupervisedChatClient(_router, guard), () => Student.Manifest.Name, topics, settings.Queries, desensitizer, _link, _metrics, clock,
            loggers.CreateLogger<QueryHandler>(),
            new Fallbacks(() => thermal.State, _answers, thermal.Cut, () => board.JoulesPerRow));
        var updates = slots is null ? null : StartUpdates(slots, options, topics, thermal);
        if (_answers is not null) _commands = new AnswerCommands(_answers, topics, _link);
        await _link.SubscribeAsync(topics.Commands, wantsRetained: true,
            message => _ = CommandAsync(message, updates)).ConfigureAwait(false);
        var telemetry = new TelemetryPublisher(router, thermal, board, _answers, guard, _metrics, topics, clock);
        _link.Reconnected += () =>
        {
            _link.Enqueue(telemetry.Read());
            return Task.CompletedTask;
        };
        _telemetry = clock.CreateTimer(_ => _link?.Enqueue(telemetry.Read()), null, TelemetryEvery, TelemetryEvery);
        _link.Start();
        if (_broker is not null) await _link.Connected.WaitAsync(EmbeddedConnectTimeout, clock, cancellationToken).ConfigureAwait(false);
        Status($"serving {manifest.Name} {manifest.Version} on {student.Provider.Got}, broker {Broker}");
    }

    /// <summary>
    /// The installed student, or where that cannot be loaded the one the device came with: there is always one that serves.
    /// </summary>
    private Student LoadServing(SlotStore? slots, StudentOptions options)
    {
        var logger = loggers.CreateLogger<Student>();
        if (slots?.Serving is { } serving)
        {
            try
            {
                return Student.Load(slots.PathOf(serving.Slot), options, clock, logger);
            }
            catch (Exception e) when (e is ModelFileException or IOException)
            {
                InstalledUnusable(_logger, serving.Slot, e);
            }
        }
        return Student.Load(settings.ModelDirectory, options, clock, logger);
    }

    /// <summary>
    /// Without a state directory, or where the disk refuses, the device has no answers of its own and serves all the same.
    /// </summary>
    private AnswerCache? OpenAnswers(Desensitizer desensitizer)
    {
        if (settings.StateDirectory.Length == 0) return null;
        try
        {
            var desk = new AnswerCache(settings.AnswersPath, desensitizer, settings.Answers, settings.AnswerScope, clock);
            if (desk.QuarantinedPath is { } aside) AnswersQuarantined(_logger, aside);
            return desk;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
        {
            NoAnswers(_logger, e);
            return null;
        }
    }

    private BusinessView OpenBusiness()
    {
        try
        {
            return new BusinessView(settings.StateDirectory.Length == 0 ? null : settings.BusinessPath, clock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
        {
            NoFigures(_logger, e);
            return new BusinessView(null, clock);
        }
    }

    /// <summary>The stack light and button, where pins are set and the board has them.</summary>
    private StackLight? OpenPanel()
    {
        if (!settings.StackLight.IsUsed) return null;
        try
        {
            _pins = new GpioPins();
            return new StackLight(settings.StackLight, _pins, clock);
        }
        catch (Exception e)
            when (e is IOException or PlatformNotSupportedException or UnauthorizedAccessException or InvalidOperationException)
        {
            NoPanel(_logger, e);
            return null;
        }
    }

    private async Task CommandAsync(InboundMessage message, UpdateTopics? updates)
    {
        var parts = message.Topic.Split('/');
        var (operation, id) = (parts[^2], parts[^1]);
        if (operation is UpdateTopics.ModelUpdate or UpdateTopics.KeyRotation && updates is not null)
            await updates.TakeAsync(operation, id, message).ConfigureAwait(false);
        else if (_commands?.Take(operation, id, message) != true) await message.Acknowledge().ConfigureAwait(false);
    }

    private static readonly TimeSpan TelemetryEvery = TimeSpan.FromSeconds(10);

    private UpdateTopics StartUpdates(SlotStore slots, StudentOptions options, Topics topics, ThermalMonitor thermal)
    {
        var updates = settings.Updates;
        _journal = new UpdateJournal(settings.JournalPath);
        var keys = new KeyRing(updates.Keys, settings.KeyStatementsPath, clock);
        var view = new UpdateTopics(_link!, topics);
        var random = new Random((int)Identifiers.Seed());
        var power = new PowerSupply("/sys");
        var host = new TrialController(_router!, options, updates.ToTrialLimits(), clock, loggers.CreateLogger<Student>());
        IChunkSource Open(UpdateCommand command, BandwidthLimiter limiter) => command.Url is { } url
            ? new Uri(url) is { IsFile: true } file
                ? new DirectoryChunkSource(file.LocalPath) : new HttpChunkSource(new Uri(url), limiter, Downloads)
            : new MqttChunkSource(new DownloadLink(settings.Mqtt, Broker, clock, loggers.CreateLogger<DownloadLink>()), topics,
                settings.Mqtt.Device, command.Bundle, updates, limiter, clock, random);
        Admission Admit() => DeviceAdmission.Judge(new DeviceCondition(thermal.State.Level >= Level.L1,
            _router is { } r && r.Current.Engine.Load is var load ? (double)(load.Active + load.Waiting) / load.Rows : 0,
            power.Discharging(), _board?.IsMaintenance ?? false), updates);
        _reporter = new UpdateReporter(view, clock, loggers.CreateLogger<UpdateReporter>());
        _updates = new UpdateLoop(new UpdateContext(updates, slots, _journal, keys, clock, random),
            new UpdateHost(host, new ChildBundleProbe(TimeSpan.FromSeconds(updates.ProbeSeconds), clock), Admit, Open), _reporter,
            loggers.CreateLogger<UpdateLoop>());
        view.Start(_updates, keys);
        _updates.Start();
        return view;
    }

    private static readonly HttpClient Downloads = new() { Timeout = TimeSpan.FromSeconds(100) };

    /// <summary>Ends the process as failed: the service manager begins another.</summary>
    private void End()
    {
        EnginesHang(_logger);
        Environment.ExitCode = 1;
        lifetime?.StopApplication();
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
        if (_telemetry is { } telemetry) await telemetry.DisposeAsync().ConfigureAwait(false);
        if (_updates is { } updates) await updates.DisposeAsync().ConfigureAwait(false);
        if (_reporter is { } reporter) await reporter.DisposeAsync().ConfigureAwait(false);
        _journal?.Dispose();
        if (_commands is { } commands) await commands.DisposeAsync().ConfigureAwait(false);
        if (_board is { } board) await board.DisposeAsync().ConfigureAwait(false);
        _pins?.Dispose();
        if (_guard is { } guard) await guard.DisposeAsync().ConfigureAwait(false);
        if (_link is { } link) await link.DisposeAsync().ConfigureAwait(false);
        if (_broker is { } broker) await broker.DisposeAsync().ConfigureAwait(false);
        _router?.Dispose();
        if (_thermal is { } thermal) await thermal.DisposeAsync().ConfigureAwait(false);
        if (_answers is { } answers) await answers.DisposeAsync().ConfigureAwait(false);
        _metrics?.Business?.Dispose();
        _metrics?.Dispose();
        (_road, _link, _broker, _router, _updates, _journal, _telemetry, _thermal, _answers, _guard, _metrics, _board, _pins,
            _commands, _reporter) = (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    private void Status(string text) => notifier?.Notify(new ServiceState($"STATUS={text}"));

    [LoggerMessage(Level = LogLevel.Information, Message = "Embedded broker listens on {EndPoint}")]
    private static partial void Listening(ILogger logger, string endPoint);

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Student {Name} {Version} on {Provider}, loaded in {Milliseconds:F0} ms, {Rows} rows of {Context} tokens")]
    private static partial void Loaded(ILogger logger, string name, string version, string provider, double milliseconds, int rows,
        int context);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "The installed student in slot {Slot} cannot be used; the one the device came with serves")]
    private static partial void InstalledUnusable(ILogger logger, string slot, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The answers' database was damaged; it is set aside as {Path}")]
    private static partial void AnswersQuarantined(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Critical, Message = "One engine after the other hangs; the process ends")]
    private static partial void EnginesHang(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The panel's pins cannot be used; there is no stack light")]
    private static partial void NoPanel(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "The business figures' database cannot be opened; they live in memory")]
    private static partial void NoFigures(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "The answers' database cannot be opened; the device has no answers written down")]
    private static partial void NoAnswers(ILogger logger, Exception e);
}
