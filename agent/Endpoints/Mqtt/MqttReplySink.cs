using EdgeAgent.Mqtt;
using EdgeAgent.Queries;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>Where a query's replies go over MQTT.</summary>
/// <param name="Correlation">MQTT 5 correlation data; empty for 3.1.1 clients.</param>
/// <param name="RequestId">The <c>id</c> in the JSON; null without one.</param>
internal sealed record ReplyAddress(string Topic, ReadOnlyMemory<byte> Correlation, string? RequestId)
{
    /// <summary>
    /// Who asked: two queries are the same when topic and correlation data (or id) are; the reply topic is the client's own.
    /// </summary>
    /// <param name="prefixes">What reply topics begin with.</param>
    /// <param name="isBound">Whether the broker lets nobody but the user read the user's reply topics.</param>
    public Asker ToAsker(IReadOnlyList<string> prefixes, bool isBound = false) =>
        new(Topic, $"{Topic}\n{(Correlation.IsEmpty ? "id:" + RequestId : Convert.ToHexString(Correlation.Span))}", RequestId)
        { Client = Topics.ClientOf(Topic, prefixes), Reader = isBound ? Topics.UserOf(Topic) : null };
}

/// <summary>
/// The way back over MQTT. Pieces are sent once at most (QoS 0), the terminal reply at least once (QoS 1); the query's message is
/// acknowledged when that has left. After a lost connection no more pieces are sent: the asker has missed some, and the terminal reply
/// holds the whole text.
/// </summary>
internal sealed class MqttReplySink(InboundMessage message, ReplyAddress to, IReplyPublisher publisher) : IReplySink
{
    private bool _isCut;

    public async Task PieceAsync(AnswerPiece piece)
    {
        if (_isCut) return;
        var message = Message(ReplyWriter.Piece(piece)) with { Sequence = piece.Sequence };
        _isCut = await publisher.PublishAsync(message).ConfigureAwait(false) != PublishResult.Sent;
    }

    public async Task EndAsync(QueryReply reply)
    {
        await publisher.PublishAsync(Message(ReplyWriter.Terminal(reply, to.RequestId)) with { AtLeastOnce = true }).ConfigureAwait(false);
        await message.Acknowledge().ConfigureAwait(false);
    }

    public Task ReleaseAsync() => message.Acknowledge();

    private OutboundMessage Message(ReadOnlyMemory<byte> payload) =>
        new(to.Topic, payload) { ContentType = "application/json", Correlation = to.Correlation };
}
