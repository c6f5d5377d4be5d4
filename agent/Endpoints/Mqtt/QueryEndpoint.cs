using System.Globalization;
using System.IO.Hashing;
using System.Threading.Channels;
using EdgeAgent.Mqtt;
using EdgeAgent.Queries;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// Queries, cancels and feedback over MQTT. The receive loop only hands over; one loop reads the messages in order and submits the
/// queries. A query's message is acknowledged when its terminal reply has left, so that a device that dies gets its queries again.
/// </summary>
internal sealed partial class QueryEndpoint : IAsyncDisposable
{
    private readonly Topics _topics;
    private readonly QueryIntake _intake;
    private readonly FeedbackHandler _feedback;
    private readonly QueryContext _context;
    private readonly AgentMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Channel<InboundMessage> _inbox;
    private readonly Task _loop;

    public QueryEndpoint(Topics topics, QueryIntake intake, FeedbackHandler feedback, QueryContext context, AgentMetrics metrics,
        ILogger<QueryEndpoint> logger)
    {
        (_topics, _intake, _feedback, _context, _metrics, _logger) = (topics, intake, feedback, context, metrics, logger);
        _inbox = Channel.CreateBounded<InboundMessage>(new BoundedChannelOptions(context.Options.IntakeCapacity) { SingleReader = true });
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Takes a message from the link. Never waits: where the inbox is full the query is refused at once.</summary>
    public void Receive(InboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!_inbox.Writer.TryWrite(message)) Refuse(message);
    }

    private async Task RunAsync()
    {
        await foreach (var message in _inbox.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                Take(message);
            }
            catch (Exception e) // the loop's edge: one message cannot stop the endpoint
            {
                MessageFailed(_logger, e.GetType().Name);
                _metrics.Drop("internal");
                _intake.Run(message.Acknowledge);
            }
        }
    }

    private void Take(InboundMessage message)
    {
        if (message.Topic == _topics.Cancel) Cancel(message);
        else if (message.Topic == _topics.Feedback) TakeFeedback(message);
        else TakeQuery(message);
    }

    private void TakeQuery(InboundMessage message)
    {
        _metrics.Query();
        if (message.Retained)
        {
            Drop(message, "retained");
            return;
        }
        var received = QueryReader.Read(message, _context.Now, _context.Model());
        if (received.DropReason is { } reason) Drop(message, reason);
        else _intake.Submit(Request(message, received));
    }

    private void Refuse(InboundMessage message)
    {
        _metrics.Query();
        var received = QueryReader.Read(message, _context.Now, _context.Model());
        if (received.ReplyTo is null) Drop(message, received.DropReason ?? "no_reply_topic");
        else _intake.Refuse(Request(message, received), _intake.IsDraining ? QueryError.Stopping : QueryError.IntakeFull);
    }

    private QueryRequest Request(InboundMessage message, ReceivedQuery received) =>
        new(received.ReplyTo!.ToAsker(_context.Options.ReplyPrefixes, _context.AreRepliesBound()),
            new MqttReplySink(message, received.ReplyTo, _context.Publisher), message.ReceivedAt)
        {
            Query = received.Query,
            // no cryptography: whoever makes two questions collide confuses its own replies alone
            Content = XxHash128.HashToUInt128(message.Payload.Span).ToString("x32", CultureInfo.InvariantCulture),
            Error = received.Error,
            Limit = message.ExpirySeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : _context.Now.Deadline,
        };

    private void Cancel(InboundMessage message)
    {
        if (QueryReader.ReadCancel(message, _context.Options) is not { } address
            || !_intake.Cancel(address.ToAsker(_context.Options.ReplyPrefixes).Key))
            _metrics.Drop("cancel_without_query");
        _intake.Run(message.Acknowledge);
    }

    private void TakeFeedback(InboundMessage message)
    {
        if (message.Retained || Feedback.Parse(message.Payload) is not { } feedback)
        {
            Drop(message, "bad_feedback");
            return;
        }
        _intake.Run(async () =>
        {
            await _feedback.TakeAsync(feedback).ConfigureAwait(false);
            await message.Acknowledge().ConfigureAwait(false);
        });
    }

    private void Drop(InboundMessage message, string reason)
    {
        _metrics.Drop(reason);
        MessageDropped(_logger, reason);
        _intake.Run(message.Acknowledge);
    }

    /// <summary>Takes nothing more, submits what waits, and drains the intake.</summary>
    public async Task DrainAsync()
    {
        var drain = _intake.DrainAsync();
        _inbox.Writer.TryComplete();
        await drain.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await DrainAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message was dropped: {Reason}")]
    private static partial void MessageDropped(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A message could not be handled: {Kind}")]
    private static partial void MessageFailed(ILogger logger, string kind);
}

/// <summary>What reading a query needs.</summary>
/// <param name="Model">Name of the student that serves.</param>
/// <param name="Publisher">Where replies go.</param>
internal sealed record QueryContext(QueryOptions Options, Func<string> Model, IReplyPublisher Publisher)
{
    /// <summary>Whether the broker lets nobody but a user read the user's reply topics.</summary>
    public Func<bool> AreRepliesBound { get; init; } = () => false;

    /// <summary>The limits as they are now, where they can change.</summary>
    public Func<QueryOptions>? Live { get; init; }

    public QueryOptions Now => Live?.Invoke() ?? Options;
}
