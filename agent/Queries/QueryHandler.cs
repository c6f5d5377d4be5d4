using System.Threading.Channels;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Placeholders;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Queries;

/// <summary>
/// The main road: message -> parse -> recognize duplicates -> admit -> infer -> stream -> one terminal reply. The receive loop
/// only hands over; every admitted query runs as its own task and ends in exactly one terminal reply, whatever happens. A
/// message is acknowledged when its terminal reply has left, so that a device that dies has its queries delivered again.
/// </summary>
internal sealed partial class QueryHandler : IAsyncDisposable
{
    private static readonly QueryError Stopping = new(ErrorCodes.Unavailable, "the device is stopping", 5);

    private readonly IChatClient _student;
    private readonly Func<string> _model;
    private readonly Topics _topics;
    private readonly QueryOptions _options;
    private readonly Desensitizer _desensitizer;
    private readonly IReplyPublisher _publisher;
    private readonly AgentMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Channel<InboundMessage> _intake;
    private readonly QueryRegister _register;
    private readonly Conversations _conversations;
    private readonly Fallbacks _fallbacks;
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;
    private int _running = 1; // the intake loop counts as one
    private volatile bool _draining;

    /// <param name="model">Name of the student that serves now.</param>
    /// <param name="desensitizer">Takes personal data out before the student sees a question.</param>
    public QueryHandler(IChatClient student, Func<string> model, Topics topics, QueryOptions options, Desensitizer desensitizer,
        IReplyPublisher publisher, AgentMetrics metrics, TimeProvider clock, ILogger logger, Fallbacks? fallbacks = null)
    {
        _fallbacks = fallbacks ?? Fallbacks.None;
        (_student, _model, _topics, _options, _desensitizer, _publisher, _metrics, _clock, _logger) = (student, model, topics, options,
            desensitizer, publisher, metrics, clock, logger);
        _intake =
            Channel.CreateBounded<InboundMessage>(new BoundedChannelOptions(options.IntakeCapacity)
            {
                SingleReader = true,
                FullMode = BoundedChannelFullMode.Wait
            });
        _register = new QueryRegister(options.DuplicateMemory, TimeSpan.FromMinutes(options.DuplicateMinutes), clock);
        _conversations = new Conversations(desensitizer.Options.Conversations,
            TimeSpan.FromMinutes(desensitizer.Options.ConversationMinutes), clock);
        _loop = Task.Run(IntakeAsync);
    }

    /// <summary>Queries being answered.</summary>
    public int Running => _register.Running;

    /// <summary>Takes a message from the link. Never waits: when the intake is full the message is refused at once.</summary>
    public void Receive(InboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!_intake.Writer.TryWrite(message)) Start(() => RefuseAsync(message));
    }

    private async Task IntakeAsync()
    {
        await foreach (var message in _intake.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                Take(message);
            }
            catch (Exception e) // the loop's edge: one message cannot stop the road
            {
                IntakeFailed(_logger, e.GetType().Name);
                _metrics.Drop("internal");
                Start(message.Acknowledge);
            }
        }
        Leave();
    }

    private void Take(InboundMessage message)
    {
        if (message.Topic == _topics.Cancel)
        {
            TakeCancel(message);
            return;
        }
        if (message.Topic == _topics.Feedback)
        {
            TakeFeedback(message);
            return;
        }
        _metrics.Query();
        if (message.Retained)
        {
            Drop(message, "retained");
            return;
        }
        var parsed = QueryParser.Parse(message, _options, _model());
        if (parsed.DropReason is { } reason) Drop(message, reason);
        else if (parsed.Error is { } error) Start(() => EndAsync(message, Refused(parsed.ReplyTo!, error), error.Code));
        else TakeQuery(message, parsed.Query!);
    }

    private void TakeQuery(InboundMessage message, Query query)
    {
        var cancellation = new CancellationTokenSource();
        var (state, reply) = _register.Register(query.ReplyTo.Key, cancellation, message.Acknowledge);
        if (state == Registration.New)
        {
            Start(() => AnswerAsync(message, query, cancellation));
            return;
        }
        cancellation.Dispose();
        _metrics.Drop(state == Registration.Running ? "duplicate_running" : "duplicate_answered");
        if (reply is not null) Start(() => EndAsync(message, reply, "repeated"));
    }

    private void TakeCancel(InboundMessage message)
    {
        var parsed = CancelParser.Parse(message, _options);
        if (parsed is null || !_register.Cancel(parsed.Key)) _metrics.Drop("cancel_without_query");
        Start(message.Acknowledge);
    }

    private void TakeFeedback(InboundMessage message)
    {
        if (message.Retained || Feedback.Parse(message.Payload) is not { } feedback)
        {
            Drop(message, "bad_feedback");
            return;
        }
        Start(async () =>
        {
            _metrics.Business?.Feedback(feedback.AnswerId, feedback.Rating, feedback.IsResolved);
            _fallbacks.Answers?.Rate(feedback.AnswerId, feedback.Rating);
            await message.Acknowledge().ConfigureAwait(false);
        });
    }

    private void Drop(InboundMessage message, string reason)
    {
        _metrics.Drop(reason);
        MessageDropped(_logger, reason);
        Start(message.Acknowledge);
    }

    private async Task RefuseAsync(InboundMessage message)
    {
        _metrics.Query();
        var parsed = QueryParser.Parse(message, _options, _model());
        var error = _draining ? Stopping : new QueryError(ErrorCodes.Overloaded, "the intake is full", 1);
        if (parsed.ReplyTo is { } to) await EndAsync(message, Refused(to, error), error.Code).ConfigureAwait(false);
        else Drop(message, parsed.DropReason ?? "no_reply_topic");
    }

    /// <summary>Runs one query to its terminal reply.</summary>
    private async Task AnswerAsync(InboundMessage message, Query query, CancellationTokenSource cancellation)
    {
        var (reply, outcome) = (default(OutboundMessage), "");
        using (cancellation)
        {
            var limit = message.ExpirySeconds is { } seconds
                ? TimeSpan.FromSeconds(Math.Min(seconds, 3600)) : TimeSpan.FromSeconds(_options.DeadlineSeconds);
            var left = limit - _clock.GetElapsedTime(message.ReceivedAt);
            using var expiry = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, _clock);
            var (state, cut) = (_fallbacks.State(), _fallbacks.Cut?.Token ?? CancellationToken.None);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation.Token, expiry.Token, _abort.Token, cut);
            using var conversation = _conversations.Open(query.Conversation is { } name ? $"{query.ReplyTo.Topic}\n{name}" : null);
            var run = new AnswerStream(_student, _model(), query, _desensitizer, conversation.Conversation, message.ReceivedAt, _publisher,
                _metrics, state.Level, _fallbacks, _clock);
            try
            {
                if (_draining) throw new DrainingException();
                if (left <= TimeSpan.Zero) throw new OperationCanceledException();
                var facts = Written(run, Fallbacks.GuessesFirst(state.Level));
                if (facts is null && !Fallbacks.MayGenerate(state.Level)) throw new TooHotException(state);
                facts ??= await run.StreamAsync(Deadline(message.ReceivedAt, limit), linked.Token).ConfigureAwait(false);
                (reply, outcome) = Answered(query, facts);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                (reply, outcome) = (Replies.Final(query.ReplyTo, run.Facts("cancelled")), "cancelled");
            }
            catch (OperationCanceledException)
                when (cut.IsCancellationRequested && run.HasBegun && !expiry.IsCancellationRequested && !_draining)
            {
                (reply, outcome) = Answered(query, run.Cut());
            }
            catch (Exception e)
            {
                if (cut.IsCancellationRequested && e is OperationCanceledException && !expiry.IsCancellationRequested && !_draining)
                    e = new TooHotException(_fallbacks.State());
                var error = ToError(e);
                // better an answer to a question like it than none
                var written = error.Code is ErrorCodes.Overloaded or ErrorCodes.Unavailable && !_draining && !run.HasBegun
                    ? Written(run, mayGuess: true) ?? Preset(run) : null;
                if (error.Code == ErrorCodes.Unavailable && e is not (DrainingException or OperationCanceledException or TooHotException))
                    AnswerFailed(_logger, e.GetType().Name);
                (reply, outcome) = written is null ? (Refused(query.ReplyTo, error), error.Code) : Answered(query, written);
            }
            _register.End(query.ReplyTo.Key, reply);
        }
        await EndAsync(message, reply, outcome).ConfigureAwait(false);
        foreach (var acknowledge in _register.Sent(query.ReplyTo.Key)) await acknowledge().ConfigureAwait(false);
    }

    private (OutboundMessage Reply, string Outcome) Answered(Query query, AnswerFacts facts)
    {
        _metrics.Business?.Answered(facts.Source, facts.TtftMilliseconds ?? facts.TotalMilliseconds);
        if (facts.Source == "model")
        {
            if (facts.Release is { } release) _metrics.Business?.AnsweredBy(facts.AnswerId, release);
            if (facts.Joules is { } joules) _metrics.Energy(joules);
            _metrics.Generated(facts.Tokens);
        }
        if (facts.IsTrial is { } isTrial)
            TrialAnswer(_logger, facts.AnswerId, isTrial ? "trial" : "incumbent", facts.Release ?? 0, facts.FinishReason, facts.Tokens,
                facts.TtftMilliseconds ?? 0, facts.TotalMilliseconds);
        return (Replies.Final(query.ReplyTo, facts), facts.FinishReason);
    }

    private OutboundMessage Refused(ReplyAddress to, QueryError error)
    {
        _metrics.Business?.Refusal(error.Code);
        return Replies.Error(to, error);
    }

    private AnswerFacts? Preset(AnswerStream run) =>
        _fallbacks.Answers is { Preset.Length: > 0 } answers ? run.FromPreset(answers.Preset) : null;

    private AnswerFacts? Written(AnswerStream run, bool mayGuess) =>
        _fallbacks.Answers is { } answers ? run.FromAnswers(answers, mayGuess) : null;

    private QueryError ToError(Exception e) => e switch
    {
        TooHotException hot =>
            new QueryError(ErrorCodes.Unavailable,
                $"the device is too hot to think ({hot.State.Level}: {hot.State.Reason}) and has no answer written down", HotRetrySeconds),
        DrainingException or OperationCanceledException or ObjectDisposedException when _draining => Stopping,
        _ => ToError(ServingFailure.Of(e)),
    };

    private static QueryError ToError(ServingFailure failure) => failure.Kind switch
    {
        ServingFailureKind.Busy => new QueryError(ErrorCodes.Overloaded, failure.Message, RetrySeconds(failure)),
        ServingFailureKind.TooLong => new QueryError(ErrorCodes.TooLong, failure.Message),
        ServingFailureKind.Refused => new QueryError(ErrorCodes.InvalidRequest, failure.Message),
        ServingFailureKind.Cancelled => new QueryError(ErrorCodes.Expired, "the query expired before it was answered"),
        _ => new QueryError(ErrorCodes.Unavailable, failure.Message, RetrySeconds(failure)),
    };

    private static double? RetrySeconds(ServingFailure failure) =>
        failure.RetryAfter is { } after ? Math.Round(after.TotalSeconds, 2) : null;

    private long Deadline(long receivedAt, TimeSpan limit) => receivedAt + (long)(limit.TotalSeconds * _clock.TimestampFrequency);

    private async Task EndAsync(InboundMessage message, OutboundMessage reply, string outcome)
    {
        _metrics.Reply(outcome);
        await _publisher.PublishAsync(reply).ConfigureAwait(false);
        await message.Acknowledge().ConfigureAwait(false);
    }

    private void Start(Func<Task> work)
    {
        Interlocked.Increment(ref _running);
        _ = Task.Run(async () =>
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception e) // the task's edge
            {
                IntakeFailed(_logger, e.GetType().Name);
            }
            finally
            {
                Leave();
            }
        });
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0) _idle.TrySetResult();
    }

    /// <summary>
    /// Refuses new queries with <c>unavailable</c>, lets running ones finish within the bound, then ends those left the same way.
    /// </summary>
    public async Task DrainAsync()
    {
        _draining = true;
        _intake.Writer.TryComplete();
        await _idle.Task.WaitAsync(TimeSpan.FromSeconds(_options.DrainSeconds),
            _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _abort.CancelAsync().ConfigureAwait(false);
        await _idle.Task.WaitAsync(TimeSpan.FromSeconds(5), _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await DrainAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _conversations.Dispose();
    }

    private const double HotRetrySeconds = 60;

    private sealed class DrainingException : Exception;

    private sealed class TooHotException(Thermal.LadderState state) : Exception
    {
        public Thermal.LadderState State => state;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message was dropped: {Reason}")]
    private static partial void MessageDropped(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Answer {AnswerId} during a trial, by the {Student}, release {Release}: {Finish}, {Tokens} tokens, first after " +
            "{First:F0} ms, whole after {Whole:F0} ms")]
    private static partial void TrialAnswer(ILogger logger, string answerId, string student, long release, string finish, long tokens,
        double first, double whole);

    [LoggerMessage(Level = LogLevel.Error, Message = "A query failed: {Kind}")]
    private static partial void AnswerFailed(ILogger logger, string kind);

    [LoggerMessage(Level = LogLevel.Error, Message = "A message could not be handled: {Kind}")]
    private static partial void IntakeFailed(ILogger logger, string kind);
}
