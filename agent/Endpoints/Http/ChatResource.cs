using EdgeAgent.Platform;
using EdgeAgent.Queries;
using EdgeAgent.Telemetry;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// <c>POST /v1/chat/completions</c>: a query like one over MQTT, answered with one JSON object, or with server-sent events that end with
/// <c>[DONE]</c>. A client that closes its connection cancels its query.
/// </summary>
/// <param name="options">The limits as they are now.</param>
/// <param name="model">Name of the student that serves.</param>
internal sealed class ChatResource(QueryIntake intake, Func<QueryOptions> options, HttpOptions http, Func<string> model,
    AgentMetrics metrics, TimeProvider clock) : IHttpResource
{
    /// <summary>The client's own id of a request, repeated in the reply.</summary>
    public const string RequestIdHeader = "X-Client-Request-Id";

    private const int MaxRequestId = 128;

    public string Method => HttpMethods.Post;

    public string Path => "/v1/chat/completions";

    public async Task HandleAsync(HttpContext context, HttpCaller caller)
    {
        metrics.Query();
        if (!HttpDispatcher.IsJson(context.Request))
        {
            await HttpErrors.WriteAsync(context, HttpErrors.NotJson).ConfigureAwait(false);
            return;
        }
        var body = await HttpBody.ReadAsync(context).ConfigureAwait(false);
        var limits = options();
        using var payload = QueryPayload.Read(body, HttpJson.ContentType, limits);
        var chat = ChatRequest.Read(payload, RequestId(context.Request), limits, model());
        await AnswerAsync(context, caller, chat, limits.Deadline).ConfigureAwait(false);
    }

    private async Task AnswerAsync(HttpContext context, HttpCaller caller, ChatRequest chat, TimeSpan limit)
    {
        var key = Identifiers.New(clock);
        context.Response.Headers["x-request-id"] = key;
        var sink = new HttpReplySink(http.MaxWaitingPieces, context.Abort);
        var asker = new Asker(caller.Client, key, chat.RequestId) { Client = caller.Client, Reader = caller.Reader };
        intake.Submit(new QueryRequest(asker, sink, clock.GetTimestamp())
        {
            Query = chat.Query,
            Error = chat.Error,
            Limit = limit,
        });
        // after the submission: a query that is not there yet cannot be cancelled
        var gone = context.RequestAborted.Register(() => intake.Cancel(key));
        await using (gone.ConfigureAwait(false))
        {
            try
            {
                if (chat.Query is { Stream: true }) await new EventStream(context, sink, chat).WriteAsync().ConfigureAwait(false);
                else await WriteWholeAsync(context, await sink.Reply.ConfigureAwait(false), chat.RequestId).ConfigureAwait(false);
            }
            finally
            {
                sink.Left();
            }
        }
    }

    private static Task WriteWholeAsync(HttpContext context, QueryReply reply, string? requestId) => reply.Error is { } error
        ? HttpErrors.WriteAsync(context, error, requestId) : HttpJson.WriteAsync(context, ReplyWriter.Terminal(reply, requestId));

    private static string? RequestId(HttpRequest request) =>
        request.Headers[RequestIdHeader].ToString() is { Length: > 0 and <= MaxRequestId } id ? id : null;
}

/// <summary>A request for a chat completion: exactly one of a query and what is wrong with it.</summary>
/// <param name="IncludesUsage">Whether the last event shall hold the usage.</param>
internal sealed record ChatRequest(Query? Query, QueryError? Error, bool IncludesUsage, string? RequestId)
{
    /// <summary>Reads a payload: the fields of a query, and those that only server-sent events have. Pure.</summary>
    public static ChatRequest Read(QueryPayload payload, string? requestId, QueryOptions options, string model)
    {
        var (query, error) = QueryParser.Parse(payload, stream: false, options, model);
        if (query is { IsSafety: true })
            (query, error) = (null, new QueryError(ErrorCodes.Forbidden, "priority safety is not allowed over HTTP"));
        if (query is null) return new ChatRequest(null, error, false, requestId);
        try
        {
            var includesUsage = Fields.Has(payload.Json!.Value, "stream_options", out var stream)
                && stream.ValueKind == System.Text.Json.JsonValueKind.Object
                && Fields.Has(stream, "include_usage", out var include) && Fields.Flag(include, "stream_options.include_usage");
            return new ChatRequest(query, null, includesUsage, requestId);
        }
        catch (Exception e) when (QueryParser.ErrorOf(e) is { } problem)
        {
            return new ChatRequest(null, problem, false, requestId);
        }
    }
}
