using EdgeAgent.Queries;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary><c>POST /v1/feedback</c>: a rating of an answer, as on the topic <c>feedback</c>.</summary>
internal sealed class FeedbackResource(FeedbackHandler feedback) : IHttpResource
{
    public string Method => HttpMethods.Post;

    public string Path => "/v1/feedback";

    public async Task HandleAsync(HttpContext context, HttpCaller caller)
    {
        if (!HttpDispatcher.IsJson(context.Request))
        {
            await HttpErrors.WriteAsync(context, HttpErrors.NotJson).ConfigureAwait(false);
            return;
        }
        if (Feedback.Parse(await HttpBody.ReadAsync(context).ConfigureAwait(false)) is not { } rating)
        {
            await HttpErrors.WriteAsync(context, new QueryError(ErrorCodes.InvalidRequest,
                "expected {\"answer_id\", \"rating\" 1..5, \"resolved\"?}")).ConfigureAwait(false);
            return;
        }
        await feedback.TakeAsync(rating).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
