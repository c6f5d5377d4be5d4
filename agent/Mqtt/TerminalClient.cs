using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using EdgeAgent.Platform;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeAgent.Mqtt;

/// <summary>A reply as a terminal sees it: a streamed piece, or what ends the query.</summary>
internal sealed record TerminalReply(JsonNode Body, int? Sequence)
{
    public bool IsPiece => Body["object"]?.GetValue<string>() == "chat.completion.chunk";
    public bool IsError => Body["error"] is not null;

    /// <summary>The piece's or the whole answer's text; null for an error.</summary>
    public string? Text => Body["choices"]?[0]?[IsPiece ? "delta" : "message"]?["content"]?.GetValue<string>();
}

/// <summary>
/// A terminal: asks over MQTT and reads the replies. Speaks MQTT 5 (response topic and correlation data) or 3.1.1
/// (<c>reply_to</c> and <c>id</c> in the JSON). Used by the <c>ask</c> and <c>demo</c> verbs and by tests.
/// </summary>
internal sealed class TerminalClient : IAsyncDisposable
{
    private readonly IMqttClient _client;
    private readonly string _replyTopic;
    private readonly bool _version5;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, Channel<TerminalReply>> _open = new(StringComparer.Ordinal);

    private TerminalClient(IMqttClient client, string replyTopic, bool version5, TimeProvider clock)
    {
        (_client, _replyTopic, _version5, _clock) = (client, replyTopic, version5, clock);
        _client.ApplicationMessageReceivedAsync += OnReply;
        _client.DisconnectedAsync += _ =>
        {
            foreach (var channel in _open.Values) channel.Writer.TryComplete(new IOException("the connection to the broker was lost"));
            return Task.CompletedTask;
        };
    }

    /// <exception cref="IOException">The broker cannot be reached.</exception>
    public static async Task<TerminalClient> ConnectAsync(BrokerAddress broker, string clientId, bool version5, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var options = new MqttClientOptionsBuilder().WithTcpServer(broker.Host, broker.Port).WithClientId(clientId)
            .WithProtocolVersion(version5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311).WithCleanStart(true)
                .WithTimeout(TimeSpan.FromSeconds(10));
        if (broker.Tls) options.WithTlsOptions(tls => tls.UseTls());
        if (version5) options.WithReceiveMaximum(ushort.MaxValue);
        var client = new MqttClientFactory().CreateMqttClient();
        var terminal = new TerminalClient(client, Topics.ReplyTopic(clientId), version5, clock);
        try
        {
            await client.ConnectAsync(options.Build(), cancellationToken).ConfigureAwait(false);
            await client.SubscribeAsync(new MqttClientSubscribeOptionsBuilder()
                .WithTopicFilter(terminal._replyTopic, MqttQualityOfServiceLevel.AtLeastOnce).Build(),
                cancellationToken).ConfigureAwait(false);
            return terminal;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            client.Dispose();
            throw new IOException($"cannot reach the broker {broker}: {e.Message}", e);
        }
    }

    /// <summary>Asks a question and yields its replies; the last one ends the query.</summary>
    public async IAsyncEnumerable<TerminalReply> AskAsync(string site, string device, JsonObject query, uint? expirySeconds,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = Identifiers.New(_clock);
        var channel = Channel.CreateUnbounded<TerminalReply>();
        _open[id] = channel;
        try
        {
            await _client.PublishAsync(Message(new Topics(site, device).Query, id, query, expirySeconds),
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

    private MqttApplicationMessage Message(string topic, string id, JsonObject query, uint? expirySeconds)
    {
        var body = (JsonObject)query.DeepClone();
        body["id"] = id;
        if (!_version5) body["reply_to"] = _replyTopic;
        var builder = new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(body.ToJsonString())
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        if (!_version5) return builder.Build();
        builder.WithResponseTopic(_replyTopic).WithCorrelationData(Convert.FromHexString(id)).WithContentType("application/json");
        if (expirySeconds is { } seconds) builder.WithMessageExpiryInterval(seconds);
        return builder.Build();
    }

    private Task OnReply(MqttApplicationMessageReceivedEventArgs e)
    {
        var message = e.ApplicationMessage;
        if (JsonNode.Parse(message.Payload.ToArray()) is not { } body) return Task.CompletedTask;
        var reply = new TerminalReply(body, Sequence(message));
        if (Key(message, body) is { } key && _open.TryGetValue(key, out var channel)) channel.Writer.TryWrite(reply);
        return Task.CompletedTask;
    }

    /// <summary>
    /// MQTT 5 pieces carry correlation data; 3.1.1 terminals get the id in the final reply alone, so their pieces go to the one
    /// question that is open.
    /// </summary>
    private string? Key(MqttApplicationMessage message, JsonNode body)
    {
        if (_version5) return message.CorrelationData is { Length: > 0 } c ? Convert.ToHexStringLower(c) : null;
        return body["agent"]?["request_id"]?.GetValue<string>() ?? _open.Keys.FirstOrDefault();
    }

    private static int? Sequence(MqttApplicationMessage message) =>
        message.UserProperties?.FirstOrDefault(p => p.Name == "seq") is { } p
        && int.TryParse(p.ValueBuffer.Span, CultureInfo.InvariantCulture, out var n) ? n : null;

    /// <summary>A chat-completions body with one user message.</summary>
    public static JsonObject Question(string text) =>
        new() { ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }) };

    public async ValueTask DisposeAsync()
    {
        await _client.DisconnectAsync(new MqttClientDisconnectOptions(),
            CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
    }
}
