using EdgeAgent.Endpoints.Http;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Pages;

/// <summary>The built pages, as the build put them beside the program (<c>agent/Pages</c> are their sources).</summary>
internal static class PageFiles
{
    /// <summary>Folder beside the program.</summary>
    public const string Folder = "pages";

    private const string Index = "index.html";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
    };

    /// <summary>
    /// A resource for each file of a type that pages have; <c>index.html</c> is <c>/</c>. Where the pages were not built, <c>/</c> says so.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IReadOnlyList<IHttpResource> Load(string directory) => !File.Exists(Path.Combine(directory, Index))
        ? [new MissingPages()]
        : [.. from file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories)
              let name = Path.GetRelativePath(directory, file).Replace(Path.DirectorySeparatorChar, '/')
              let type = Types.GetValueOrDefault(Path.GetExtension(name))
              where type is not null
              select new PageFile(name == Index ? "/" : $"/{name}", type, File.ReadAllBytes(file))];
}

/// <summary>What <c>/</c> says where the pages were not built.</summary>
internal sealed class MissingPages : IHttpResource
{
    public const string Text =
        "The pages were not built into this edge-agent; the API at /v1 works without them. They are part of every package; to build them " +
        "from the sources, install Node.js 20.19 or later with npm and build again.\n";

    public string Method => HttpMethods.Get;

    public string Path => "/";

    public bool IsOpen => true;

    public Task HandleAsync(HttpContext context, HttpCaller caller)
    {
        PageHeaders.Set(context.Response.Headers);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(Text, context.RequestAborted);
    }
}
