using System.Globalization;
using EdgeAgent.Knowledge;
using EdgeAgent.Queries;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// <c>GET /v1/documents/{document}?start=S&amp;end=E</c>: the page that a citation stands on, with the place of the cited lines in it; or
/// <c>?page=N</c>. What the caller may not read is as if it were not there.
/// </summary>
/// <param name="manuals">Null where the device has no documents.</param>
internal sealed class DocumentResource(Manuals? manuals) : IHttpResource
{
    private const int MaxName = 1024;

    public string Method => HttpMethods.Get;

    public string Path => "/v1/documents/";

    public Task HandleAsync(HttpContext context, HttpCaller caller)
    {
        var query = context.Request.Query;
        var id = (context.Request.Path.Value ?? "")[Path.Length..];
        if (!TryRead(query, "start", out var start) || !TryRead(query, "end", out var end) || !TryRead(query, "page", out var page)
            || start is null == page is null || id.Length > MaxName)
            return HttpErrors.WriteAsync(context, new QueryError(ErrorCodes.InvalidRequest,
                "expected start and end of a citation, or page, as whole numbers from 0"));
        if (manuals?.For(caller.Reader)?.Document(id) is not var (document, passages)) return NotThere(context);
        if (query["version"].ToString() is { Length: > 0 } version && version != document.Version)
            return HttpErrors.WriteAsync(context, new QueryError(HttpErrors.NotFound,
                $"the document has changed since it was cited: version {document.Version} serves"));
        var shown = start is { } from ? PageText.Of(document, passages, from, end ?? from)
            : PageText.OfPage(document, passages, page!.Value);
        return shown is null ? NotThere(context) : WriteAsync(context, shown);
    }

    private static Task NotThere(HttpContext context) =>
        HttpErrors.WriteAsync(context, new QueryError(HttpErrors.NotFound, "there is no such page for this caller"));

    private static bool TryRead(IQueryCollection query, string name, out int? number)
    {
        var text = query[name].ToString();
        number = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
        return text.Length == 0 || number is not null;
    }

    private static Task WriteAsync(HttpContext context, PageText shown) => HttpJson.WriteAsync(context, json =>
    {
        json.WriteString("document", shown.Document.Id);
        json.WriteString("title", shown.Document.Title);
        json.WriteString("version", shown.Document.Version);
        if (shown.Page is { } page) json.WriteNumber("page", page);
        else json.WriteNull("page");
        json.WriteString("section", shown.Section);
        json.WriteString("text", shown.Text);
        json.WriteStartArray("marks");
        foreach (var (start, end) in shown.Marks)
        {
            json.WriteStartObject();
            json.WriteNumber("start", start);
            json.WriteNumber("end", end);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
