namespace EdgeAgent.Queries;

/// <summary>The way back to one asker, for one delivery of its query. An endpoint implements it for its transport.</summary>
internal interface IReplySink
{
    /// <summary>Sends a streamed piece. May be lost where the transport is away; the terminal reply is not.</summary>
    Task PieceAsync(AnswerPiece piece);

    /// <summary>
    /// Sends the terminal reply and releases the delivery. Completes when the reply has left, so that a device that dies before gets
    /// the query again. Called at most once.
    /// </summary>
    Task EndAsync(QueryReply reply);

    /// <summary>Releases the delivery without a reply: the first delivery of the same query has been answered.</summary>
    Task ReleaseAsync();
}

/// <summary>What an endpoint hands in: a query or why it is none, who asked, and the way back.</summary>
/// <param name="ReceivedAt"><see cref="TimeProvider"/> timestamp of the arrival.</param>
internal sealed record QueryRequest(Asker Asker, IReplySink Sink, long ReceivedAt)
{
    public Query? Query { get; init; }

    /// <summary>Digest of what was asked; empty where the transport never delivers twice.</summary>
    public string Content { get; init; } = "";

    public QueryIdentity Identity => new(Asker.Key, Content);

    /// <summary>Why the payload is no query; null where <see cref="Query"/> is set.</summary>
    public QueryError? Error { get; init; }

    /// <summary>The asker's own time limit; null takes the option <c>Queries:DeadlineSeconds</c>.</summary>
    public TimeSpan? Limit { get; init; }
}
