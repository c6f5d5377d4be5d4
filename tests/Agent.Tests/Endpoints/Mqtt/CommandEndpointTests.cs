using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Mqtt;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Endpoints.Mqtt;

public sealed class CommandEndpointTests : IAsyncDisposable
{
    private static readonly Topics Device = new("local", "edge-1");
    private readonly ScriptedHandler _handler = new("note");
    private readonly QueueingPublisher _publisher = new();
    private readonly AgentMetrics _metrics = new();
    private readonly CommandEndpoint _endpoint;
    private readonly ConcurrentQueue<string> _acknowledged = new();

    public CommandEndpointTests() => _endpoint = new CommandEndpoint([_handler, new ScriptedHandler("other")],
        new StatusPublisher(_publisher, Device, TimeProvider.System), _metrics, NullLogger<CommandEndpoint>.Instance);

    public async ValueTask DisposeAsync()
    {
        _handler.Gate.TrySetResult();
        await _endpoint.DisposeAsync();
        _metrics.Dispose();
    }

    private InboundMessage Command(string operation, string id, string payload = "{}") =>
        new(Device.Command(operation, id), Encoding.UTF8.GetBytes(payload), 0)
        {
            Retained = true,
            Acknowledge = () =>
            {
                _acknowledged.Enqueue(id);
                return Task.CompletedTask;
            },
        };

    private async Task<JsonNode> StatusAsync(string operation, string id)
    {
        var topic = Device.CommandStatus(operation, id);
        await Waiting.ForAsync(() => _publisher.Messages.Any(m => m.Topic == topic));
        var message = _publisher.Messages.Single(m => m.Topic == topic);
        Assert.True(message is { Retain: true, AtLeastOnce: true });
        return JsonNode.Parse(message.Payload.Span)!;
    }

    [Fact]
    public async Task Receive_KnownOperation_IsCarriedOutThenShownThenAcknowledged()
    {
        _handler.Hold();
        _endpoint.Receive(Command("note", "c1"));
        await Waiting.ForAsync(() => !_handler.Batches.IsEmpty);
        Assert.Empty(_acknowledged);
        _handler.Gate.SetResult();
        Assert.Equal(("c1", "committed"), await StatusAsync("note", "c1") is var s
            ? (s["id"]!.GetValue<string>(), s["state"]!.GetValue<string>()) : default);
        await Waiting.ForAsync(() => _acknowledged.SequenceEqual(["c1"]));
    }

    [Fact]
    public async Task Receive_UnknownOperation_SaysSoAndNamesTheKnownOnes()
    {
        _endpoint.Receive(Command("self-destruct", "c1"));
        var status = await StatusAsync("self-destruct", "c1");
        Assert.Equal("failed", status["state"]!.GetValue<string>());
        Assert.Contains("unknown operation 'self-destruct'; this device knows note, other", status["detail"]!.GetValue<string>(),
            StringComparison.Ordinal);
        await Waiting.ForAsync(() => _acknowledged.Count == 1);
    }

    [Fact]
    public async Task Receive_ClearedCommandOfAnUnknownOperation_IsAcknowledgedWithoutAStatus()
    {
        _endpoint.Receive(Command("self-destruct", "c1", payload: ""));
        await Waiting.ForAsync(() => _acknowledged.Count == 1);
        Assert.Empty(_publisher.Messages);
    }

    /// <summary>What the disk refuses is said, and comes again: it is not acknowledged as done.</summary>
    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    public async Task Receive_DiskRefuses_FailsWithTheReasonAndStaysUnacknowledged(Type failure)
    {
        _handler.Failure = (Exception)Activator.CreateInstance(failure, "No space left on device")!;
        _endpoint.Receive(Command("note", "c1"));
        var status = await StatusAsync("note", "c1");
        Assert.Equal("failed", status["state"]!.GetValue<string>());
        Assert.Contains("No space left on device", status["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        _handler.Failure = null;
        _endpoint.Receive(Command("note", "c2"));
        await Waiting.ForAsync(() => _acknowledged.SequenceEqual(["c2"]));
    }

    [Fact]
    public async Task Receive_HandlerFails_TheNextCommandIsCarriedOutAllTheSame()
    {
        _handler.Failure = new InvalidOperationException("a fault of ours");
        _endpoint.Receive(Command("note", "c1"));
        Assert.Equal("failed", (await StatusAsync("note", "c1"))["state"]!.GetValue<string>());
        _handler.Failure = null;
        _endpoint.Receive(Command("note", "c2"));
        Assert.Equal("committed", (await StatusAsync("note", "c2"))["state"]!.GetValue<string>());
    }

    /// <summary>
    /// Commands that wait together and follow one another are written together; another operation between them keeps its place.
    /// </summary>
    [Fact]
    public async Task Receive_ManyWaiting_AreHandedOverInRunsOfOneOperation()
    {
        _handler.Hold();
        _endpoint.Receive(Command("note", "first"));
        await Waiting.ForAsync(() => !_handler.Batches.IsEmpty);
        foreach (var (operation, id) in new[] { ("note", "a"), ("note", "b"), ("other", "c"), ("note", "d") })
            _endpoint.Receive(Command(operation, id));
        _handler.Gate.SetResult();
        await Waiting.ForAsync(() => _acknowledged.Count == 5);
        Assert.Equal(["first", "a,b", "d"], _handler.Batches.Select(b => string.Join(',', b.Select(c => c.Id))));
        Assert.Equal(["first", "a", "b", "c", "d"], _acknowledged);
    }

    [Fact]
    public async Task Receive_TooManyWait_TheRestIsRefusedAndStaysUnacknowledged()
    {
        _handler.Hold();
        _endpoint.Receive(Command("note", "first"));
        await Waiting.ForAsync(() => !_handler.Batches.IsEmpty);
        for (var i = 0; i <= CommandEndpoint.Capacity; i++) _endpoint.Receive(Command("note", $"n{i}"));
        Assert.Contains("commands wait", (await StatusAsync("note", $"n{CommandEndpoint.Capacity}"))["detail"]!.GetValue<string>(),
            StringComparison.Ordinal);
        _handler.Gate.SetResult();
        await Waiting.ForAsync(() => _acknowledged.Count == CommandEndpoint.Capacity + 1);
        Assert.DoesNotContain($"n{CommandEndpoint.Capacity}", _acknowledged);
    }

    [Fact]
    public async Task Receive_TopicThatIsNoCommand_IsCountedAndAcknowledged()
    {
        _endpoint.Receive(Command("note", "c1") with { Topic = "edge/v1/local/edge-1/cmd/note/with space" });
        await Waiting.ForAsync(() => _acknowledged.Count == 1);
        Assert.Equal(1, _metrics.Total("drops.bad_command"));
    }

    private sealed class ScriptedHandler(string operation) : ICommandHandler
    {
        public ConcurrentQueue<IReadOnlyList<DeviceCommand>> Batches { get; } = new();
        public TaskCompletionSource Gate { get; private set; } = new();
        public Exception? Failure { get; set; }
        private bool _holds;

        public string Operation => operation;

        public void Hold() => _holds = true;

        public async Task<IReadOnlyList<CommandResult>> HandleAsync(IReadOnlyList<DeviceCommand> commands)
        {
            Batches.Enqueue(commands);
            if (_holds) await Gate.Task;
            if (Failure is not null) throw Failure;
            return [.. commands.Select(_ => CommandResult.Committed())];
        }
    }

    private sealed class QueueingPublisher : IStatusPublisher
    {
        public ConcurrentQueue<OutboundMessage> Messages { get; } = new();

        public QueueResult Enqueue(OutboundMessage message)
        {
            Messages.Enqueue(message);
            return QueueResult.Queued;
        }
    }
}
