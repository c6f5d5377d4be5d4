using EdgeAgent.Platform;
using Microsoft.Extensions.Logging;
using MQTTnet;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// Keeps what outlives the broker on disk. Senders do not wait for it: a loop writes what has changed, the newest message of a topic
/// alone, and stopping waits for the last write. What cannot be written is logged and tried again with its next change.
/// </summary>
internal sealed partial class BrokerStore : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly RetainedFiles _retained;
    private readonly string _sessionsPath;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Func<IReadOnlyList<KeptSession>> _sessions;
    private Dictionary<string, MqttApplicationMessage?> _messages = [];
    private bool _sessionsChanged, _isStopping;
    private Task _loop = Task.CompletedTask;

    /// <param name="directory">Where it keeps its files.</param>
    /// <param name="sessions">The sessions as they are now.</param>
    public BrokerStore(string directory, Func<IReadOnlyList<KeptSession>> sessions, ILogger logger)
    {
        (_sessions, _logger) = (sessions, logger);
        _retained = new RetainedFiles(Path.Combine(directory, "retained"));
        _sessionsPath = Path.Combine(directory, "sessions.json");
    }

    /// <exception cref="IOException">The disk cannot be read.</exception>
    public IReadOnlyList<MqttApplicationMessage> LoadMessages(Func<MqttApplicationMessage, bool> fits) =>
        Read(() => _retained.Load(fits, SetAside), []);

    public IReadOnlyList<KeptSession> LoadSessions() => Read(() => SessionFile.Load(_sessionsPath, SetAside), []);

    private T Read<T>(Func<T> read, T nothing)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            NotRead(_logger, e.Message);
            return nothing;
        }
    }

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>A topic's retained message has changed.</summary>
    /// <param name="message">Null where it was cleared.</param>
    public void Put(string topic, MqttApplicationMessage? message)
    {
        if (!RetainedFiles.AreKept(topic)) return;
        lock (_lock) _messages[topic] = message;
        Wake();
    }

    /// <summary>A session has begun, ended or changed its subscriptions.</summary>
    public void PutSessions()
    {
        lock (_lock) _sessionsChanged = true;
        Wake();
    }

    private void Wake()
    {
        lock (_lock)
            if (_changed.CurrentCount == 0) _changed.Release();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await _changed.WaitAsync().ConfigureAwait(false);
            Dictionary<string, MqttApplicationMessage?> messages;
            bool sessions, isLast;
            lock (_lock)
            {
                (messages, sessions, isLast) = (_messages, _sessionsChanged, _isStopping);
                (_messages, _sessionsChanged) = ([], false);
            }
            foreach (var (topic, message) in messages) Write(() => _retained.Write(topic, message));
            if (sessions) Write(() => SessionFile.Save(_sessionsPath, _sessions()));
            if (isLast) return;
        }
    }

    private void Write(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            NotWritten(_logger, e.Message);
        }
    }

    private void SetAside(string file) => Damaged(_logger, file);

    /// <summary>Writes what has changed, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock) _isStopping = true;
        Wake();
        await _loop.ConfigureAwait(false);
        _changed.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What the embedded broker keeps cannot be read: {Reason}")]
    private static partial void NotRead(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "What the embedded broker keeps cannot be written: {Reason}")]
    private static partial void NotWritten(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A file of the embedded broker is damaged and was set aside: {File}")]
    private static partial void Damaged(ILogger logger, string file);
}
