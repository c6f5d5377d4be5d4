using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary>The body of a request, whole.</summary>
internal static class HttpBody
{
    /// <summary>Reads it; Kestrel bounds it.</summary>
    /// <exception cref="BadHttpRequestException">
    /// It is no valid HTTP, too large or too slow. Kestrel reports some of that as a broken connection (a chunk whose length is no number).
    /// </exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        }
        catch (IOException e) when (e is not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            throw new BadHttpRequestException(e.Message, StatusCodes.Status400BadRequest, e);
        }
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }
}
