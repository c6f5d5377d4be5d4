using System.Globalization;
using System.Text.Json;
using EdgeAgent.Queries;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// Errors over HTTP: the status, <c>Retry-After</c>, and OpenAI's error object with the agent's own codes.
/// </summary>
internal static class HttpErrors
{
    /// <summary>Codes that only HTTP has.</summary>
    public const string Unauthorized = "unauthorized", NotFound = "not_found", MethodNotAllowed = "method_not_allowed",
        UnsupportedMediaType = "unsupported_media_type", Internal = "internal_error";

    public static readonly QueryError NotJson =
        new(UnsupportedMediaType, "the body must have the content type application/json");

    /// <summary>The status of a code.</summary>
    public static int Status(string code) => code switch
    {
        ErrorCodes.InvalidRequest => StatusCodes.Status400BadRequest,
        Unauthorized => StatusCodes.Status401Unauthorized,
        ErrorCodes.Forbidden => StatusCodes.Status403Forbidden,
        NotFound => StatusCodes.Status404NotFound,
        MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        ErrorCodes.TooLong => StatusCodes.Status413PayloadTooLarge,
        UnsupportedMediaType => StatusCodes.Status415UnsupportedMediaType,
        ErrorCodes.Overloaded => StatusCodes.Status429TooManyRequests,
        ErrorCodes.Unavailable => StatusCodes.Status503ServiceUnavailable,
        ErrorCodes.Expired => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>Writes the whole response.</summary>
    public static Task WriteAsync(HttpContext context, QueryError error, string? requestId = null)
    {
        context.Response.StatusCode = Status(error.Code);
        var needsWait = context.Response.StatusCode is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;
        if (needsWait || error.RetryAfterSeconds is not null)
            context.Response.Headers.RetryAfter =
                Math.Max(1, Math.Ceiling(error.RetryAfterSeconds ?? 1)).ToString(CultureInfo.InvariantCulture);
        return HttpJson.WriteAsync(context, Body(error, requestId));
    }

    /// <summary>The error object alone.</summary>
    public static ReadOnlyMemory<byte> Body(QueryError error, string? requestId) => ReplyWriter.Write(json =>
    {
        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteString("type", TypeOf(Status(error.Code)));
        json.WriteNull("param");
        json.WriteString("code", error.Code);
        if (error.RetryAfterSeconds is { } seconds) json.WriteNumber("retry_after_s", seconds);
        json.WriteEndObject();
        json.WriteStartObject("agent");
        ReplyWriter.Optional(json, "request_id", requestId);
        json.WriteEndObject();
    });

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}

/// <summary>Writes a response of JSON.</summary>
internal static class HttpJson
{
    public const string ContentType = "application/json";

    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write) => WriteAsync(context, ReplyWriter.Write(write));
}
