using EdgeAgent.Endpoints.Http;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Pages;

/// <summary>
/// One file of a page, held in memory and served at an exact path, so that no path of a request reaches the file system. It tells nothing
/// of questions and needs no API key.
/// </summary>
/// <param name="path">Exact path.</param>
/// <param name="contentType">Media type.</param>
/// <param name="content">The bytes.</param>
internal sealed class PageFile(string path, string contentType, ReadOnlyMemory<byte> content) : IHttpResource
{
    public string Method => HttpMethods.Get;

    public string Path => path;

    public bool IsOpen => true;

    public async Task HandleAsync(HttpContext context, HttpCaller caller)
    {
        PageHeaders.Set(context.Response.Headers);
        context.Response.ContentType = contentType;
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
    }
}
