using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using EdgeAgent.Platform;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Mqtt;

/// <summary>
/// A terminal: asks over MQTT and reads the replies. Speaks MQTT 5 (response topic and correlation data) or 3.1.1
/// (<c>reply_to</c> and <c>id</c> in the JSON). Used by the <c>ask</c> and <c>demo</c> verbs and by tests.
/// </summary>
internal sealed class TerminalClient : IAsyncDisposable
{
    private readonly MqttConnection _connection;
    private readonly string _replyTopic;
    private readonly bool _isVersion5;
    private readonly TimeProvider _clock;
    private int _late;
    private readonly RecentIds _recent = new();
    private readonly ConcurrentDictionary<string, Channel<TerminalReply>> _open = new(StringComparer.Ordinal);

    private TerminalClient(ConnectionProfile profile, TimeProvider clock)
    {
        // a broker with users gives each its own topics; a connection of the user has its own below
        _replyTopic = profile.Credentials.Username is { Length: > 0 } user
            ? $"{Topics.ReplyTopic(user)}/{profile.ClientId}" : Topics.ReplyTopic(profile.ClientId);
        (_isVersion5, _clock) = (profile.IsVersion5, clock);
        _connection = new MqttConnection(profile, clock, NullLogger.Instance) { Lost = OnLost };
        _connection.Add(new Subscription(_replyTopic, OnReply) { IsRequired = true });
    }

    /// <summary>Replies that end a query and came to one that had ended: 0 where each query has one reply.</summary>
    public int LateReplies => Volatile.Read(ref _late);

    /// <exception cref="IOException">The broker cannot be reached, or forbids the reply topic.</exception>
    public static async Task<TerminalClient> ConnectAsync(BrokerAccess broker, string clientId, bool version5, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var profile = new ConnectionProfile(broker.Address, clientId)
        {
            Credentials = broker.Credentials,
            IsVersion5 = version5,
            Timeout = TimeSpan.FromSeconds(30)
        };
        var terminal = new TerminalClient(profile, clock);
        try
        {
            await terminal._connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return terminal;
        }
        catch (IOException e)
        {
            await terminal.DisposeAsync().ConfigureAwait(false);
            throw new IOException(ConnectFailure.Explain(e, broker.Address), e);
        }
        catch
        {
            await terminal.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks a question and yields its replies; the last one ends the query.</summary>
    /// <exception cref="IOException">The connection to the broker was lost.</exception>
    public async IAsyncEnumerable<TerminalReply> AskAsync(string site, string device, JsonObject query, uint? expirySeconds,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = Identifiers.New(_clock);
        var channel = Channel.CreateUnbounded<TerminalReply>();
        _open[id] = channel;
        try
        {
            await _connection.SendAsync(Message(new Topics(site, device).Query, id, query, expirySeconds),
                cancellationToken).ConfigureAwait(false);
            await foreach (var reply in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return reply;
                if (!reply.IsPiece) yield break;
            }
        }
        finally
        {
            _open.TryRemove(id, out _);
        }
    }

    private OutboundMessage Message(string topic, string id, JsonObject query, uint? expirySeconds)
    {
        var body = (JsonObject)query.DeepClone();
        body["id"] = id;
        if (!_isVersion5) body["reply_to"] = _replyTopic;
        var message = new OutboundMessage(topic, Encoding.UTF8.GetBytes(body.ToJsonString())) { AtLeastOnce = true };
        if (!_isVersion5) return message;
        return message with
        {
            ResponseTopic = _replyTopic,
            Correlation = Convert.FromHexString(id),
            ContentType = "application/json",
            ExpirySeconds = expirySeconds
        };
    }

    private void OnReply(InboundMessage message)
    {
        _ = message.Acknowledge();
        if (_recent.IsAgain(message)) return;
        try
        {
            if (JsonNode.Parse(message.Payload.Span) is not { } body || Key(message, body) is not { } key) return;
            var reply = new TerminalReply(body, message.Sequence);
            if (_open.TryGetValue(key, out var channel)) channel.Writer.TryWrite(reply);
            else if (!reply.IsPiece) Interlocked.Increment(ref _late);
        }
        catch (JsonException)
        {
            // another client's garbage on the reply topic
        }
    }

    private void OnLost()
    {
        foreach (var channel in _open.Values)
            channel.Writer.TryComplete(
                new IOException("the connection to the broker was lost before the answer was complete; ask again"));
    }

    /// <summary>
    /// MQTT 5 pieces carry correlation data; 3.1.1 terminals get the id in the final reply alone, so their pieces go to the one
    /// question that is open.
    /// </summary>
    private string? Key(InboundMessage message, JsonNode body)
    {
        if (_isVersion5) return message.Correlation.IsEmpty ? null : Convert.ToHexStringLower(message.Correlation.Span);
        return body["agent"]?["request_id"]?.GetValue<string>() ?? _open.Keys.FirstOrDefault();
    }

    /// <summary>A chat-completions body with one user message.</summary>
    public static JsonObject Question(string text) =>
        new() { ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }) };

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
