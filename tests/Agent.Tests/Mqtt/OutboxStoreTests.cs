using EdgeAgent.Mqtt;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Mqtt;

/// <summary>A process that is killed is a store that is not disposed of: the next one opens what is on the disk.</summary>
public sealed class OutboxStoreTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly List<OutboxStore> _open = [];

    public void Dispose()
    {
        foreach (var store in _open) store.Dispose();
        _root.Dispose();
    }

    private OutboxStore Open(ILogger? logger = null, string path = "outbox.db")
    {
        var store = OutboxStore.Open(_root.File(path), _clock, logger ?? NullLogger.Instance);
        _open.Add(store);
        return store;
    }

    private static OutboundMessage Message(int n, MessageKind kind = MessageKind.Report) =>
        new($"t/{n}", new byte[] { (byte)n, 0, 1 }) { AtLeastOnce = true, Kind = kind, Id = $"id{n}" };

    private void Pass(TimeSpan? time = null) => _clock.Advance(time ?? TimeSpan.FromMilliseconds(1));

    private IEnumerable<long> OnDisk() => Open().Load().Select(r => r.Number);

    [Fact]
    public void Add_ConnectedAndSentInTime_WritesNothing()
    {
        var store = Open();
        store.IsConnected = true;
        for (var n = 0; n < 100; n++)
        {
            store.Add(n, Message(n));
            Pass(OutboxStore.Grace / 2);
            store.Remove(n);
        }
        Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(0, store.Writes);
        Assert.Empty(OnDisk());
    }

    [Fact]
    public void Add_NoConnection_IsOnTheDiskAtOnceWithAllItHas()
    {
        var message = new OutboundMessage("edge/v1/s/d/model", "{\"a\":\"语\"}"u8.ToArray())
        { AtLeastOnce = true, Kind = MessageKind.Report, Id = "x1", Retain = true, ContentType = "application/json" };
        var store = Open();
        store.Add(7, message);
        store.Add(8, Message(8, MessageKind.Telemetry));
        Pass();
        var rows = Open().Load();
        Assert.Equal([7L, 8L], rows.Select(r => r.Number));
        Assert.Equal(message, rows[0].Message with { Payload = message.Payload });
        Assert.Equal(message.Payload.ToArray(), rows[0].Message.Payload.ToArray());
        Assert.Equal((MessageKind.Telemetry, false, null), (rows[1].Message.Kind, rows[1].Message.Retain, rows[1].Message.ContentType));
    }

    [Fact]
    public void Add_ConnectedButNotSent_IsWrittenAfterTheGrace()
    {
        var store = Open();
        store.IsConnected = true;
        store.Add(1, Message(1));
        Pass();
        Assert.Equal(0, store.Writes);
        Pass(OutboxStore.Grace);
        Assert.Equal([1L], OnDisk());
    }

    [Fact]
    public void IsConnected_ConnectionIsLost_WritesWhatIsUnderWayAtOnce()
    {
        var store = Open();
        store.IsConnected = true;
        store.Add(1, Message(1));
        store.IsConnected = false;
        Pass();
        Assert.Equal([1L], OnDisk());
    }

    [Fact]
    public void Remove_OfWhatIsOnTheDisk_IsDeletedAtOnce()
    {
        var store = Open();
        for (var n = 0; n < 3; n++) store.Add(n, Message(n));
        Pass();
        store.IsConnected = true;
        store.Remove(1);
        Pass();
        Assert.Equal([0L, 2L], OnDisk());
    }

    [Fact]
    public void Dispose_MessagesWait_AreWritten()
    {
        var store = Open();
        store.IsConnected = true;
        store.Add(1, Message(1));
        store.Dispose();
        Assert.Equal([1L], OnDisk());
    }

    /// <summary>The directory is a file at first: nothing can be written, and everything is once that has been mended.</summary>
    [Fact]
    public void Write_DiskRefuses_SaysSoOnceAndTriesAgain()
    {
        File.WriteAllText(_root.File("state"), "");
        var loggers = new RecordingLoggers();
        var store = Open(loggers.CreateLogger("store"), "state/outbox.db");
        for (var n = 0; n < 3; n++)
        {
            store.Add(n, Message(n));
            Pass(OutboxStore.RetryInterval);
        }
        Assert.NotNull(store.Problem);
        Assert.Single(loggers.Lines, l => l.Level == LogLevel.Warning);
        store.Remove(1);
        File.Delete(_root.File("state"));
        Pass(OutboxStore.RetryInterval);
        Assert.Null(store.Problem);
        Assert.Equal([0L, 2L], Open(path: "state/outbox.db").Load().Select(r => r.Number));
    }

    [Fact]
    public void Open_FileIsNoDatabase_IsSetAsideAndSaysSo()
    {
        File.WriteAllBytes(_root.File("outbox.db"), [.. Enumerable.Range(0, 5000).Select(n => (byte)(n * 7))]);
        var loggers = new RecordingLoggers();
        var store = Open(loggers.CreateLogger("store"));
        Assert.Empty(store.Load());
        Assert.Contains(loggers.Lines, l => l.Text.Contains("set aside", StringComparison.Ordinal));
        store.Add(1, Message(1));
        Pass();
        Assert.Equal([1L], OnDisk());
    }

    /// <summary>A reply may hold a person's name: whatever happens, it stays in memory.</summary>
    [Fact]
    public void Outbox_Replies_AreNotGivenToTheStore()
    {
        var store = Open();
        var outbox = new Outbox(new OutboxLimits(10, 1000), _clock, (_, _) => { }, store);
        _ = outbox.Add(Message(1, MessageKind.Reply));
        _ = outbox.Add(Message(2));
        Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(["t/2"], Open().Load().Select(r => r.Message.Topic));
    }

    [Fact]
    public async Task Outbox_Restarted_SendsWhatWaitedUnderItsIdAndInOrderAndOnlyOnce()
    {
        async Task<List<string>> LifeAsync(Action<Outbox> work, int sends)
        {
            var outbox = new Outbox(new OutboxLimits(10, 1000), _clock, (_, _) => { }, Open());
            work(outbox);
            var sent = new List<string>();
            await outbox.FlushAsync(m =>
            {
                if (sent.Count == sends) return Task.FromResult(SendResult.Failed);
                sent.Add(m.Id!);
                return Task.FromResult(SendResult.Sent);
            });
            Pass();
            return sent;
        }
        Assert.Empty(await LifeAsync(o => { for (var n = 0; n < 4; n++) _ = o.Add(Message(n, MessageKind.Telemetry)); }, sends: 0));
        Assert.Equal(["id0"], await LifeAsync(_ => { }, sends: 1));
        // a report overtakes measurements; a retained one replaces the one of its topic, also that of an earlier process
        Assert.Empty(await LifeAsync(o => _ = o.Add(Message(8) with { Retain = true }), sends: 0));
        Assert.Equal(["id9", "id1", "id2"], await LifeAsync(o => _ = o.Add(Message(8) with { Retain = true, Id = "id9" }), sends: 3));
        Assert.Equal(["id3"], await LifeAsync(_ => { }, sends: 9));
        Assert.Empty(await LifeAsync(_ => { }, sends: 9));
    }

    [Fact]
    public void Outbox_RestartedWithSmallerLimits_KeepsToThem()
    {
        var outbox = new Outbox(new OutboxLimits(10, 1000), _clock, (_, _) => { }, Open());
        for (var n = 0; n < 5; n++) _ = outbox.Add(Message(n, n == 0 ? MessageKind.Report : MessageKind.Telemetry));
        Pass();
        var smaller = new Outbox(new OutboxLimits(10, 7), _clock, (_, _) => { }, Open());
        Pass();
        Assert.Equal((2, 3), (smaller.Count, smaller.Dropped));
        Assert.Equal(["id0", "id4"], Open().Load().Select(r => r.Message.Id));
    }
}
