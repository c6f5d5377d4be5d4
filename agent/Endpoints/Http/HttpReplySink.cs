using System.Threading.Channels;
using EdgeAgent.Queries;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// The way back over one HTTP response. The query never waits for the client's socket: pieces wait in a bounded channel, and a client that
/// reads too slowly is cut off. A response cannot be repeated, so that a query whose client is gone has nothing more to send.
/// </summary>
/// <param name="maxPieces">Pieces that may wait.</param>
/// <param name="cut">Closes the connection.</param>
internal sealed class HttpReplySink(int maxPieces, Action cut) : IReplySink
{
    private readonly Channel<AnswerPiece> _pieces =
        Channel.CreateBounded<AnswerPiece>(new BoundedChannelOptions(maxPieces) { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource<QueryReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Pieces in their order; complete before <see cref="Reply"/> is.</summary>
    public ChannelReader<AnswerPiece> Pieces => _pieces.Reader;

    /// <summary>The terminal reply. It always comes.</summary>
    public Task<QueryReply> Reply => _reply.Task;

    public Task PieceAsync(AnswerPiece piece)
    {
        if (!_pieces.Writer.TryWrite(piece)) cut();
        return Task.CompletedTask;
    }

    public Task EndAsync(QueryReply reply)
    {
        _pieces.Writer.TryComplete();
        _reply.TrySetResult(reply);
        return _left.Task;
    }

    public Task ReleaseAsync() => Task.CompletedTask;

    /// <summary>The response has been written, or nobody reads it any more.</summary>
    public void Left() => _left.TrySetResult();
}
