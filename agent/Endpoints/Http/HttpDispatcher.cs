using System.Net;
using System.Net.Mime;
using EdgeAgent.Queries;
using EdgeAgent.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// What every request meets: is the host ours, has the client called too often, who is it, and which resource serves the path. Until the
/// agent serves, each is answered <c>unavailable</c>. Neither paths nor headers are logged: they may hold what somebody asked.
/// </summary>
/// <param name="perSecond"><see cref="HttpOptions.RequestsPerSecond"/> as it is now.</param>
internal sealed partial class HttpDispatcher(HttpOptions options, Func<double> perSecond, AgentMetrics metrics, TimeProvider clock,
    ILogger<HttpDispatcher> logger)
{
    /// <summary>Answered while the agent loads, too.</summary>
    public const string HealthPath = "/health";

    private static readonly QueryError Loading = new(ErrorCodes.Unavailable, "the device is starting", 1);
    private readonly ApiKeys? _keys = options.ApiKeysFile.Length > 0 ? ApiKeys.Load(options.ApiKeysFile) : null;
    private readonly HostRule _hosts = new(IPEndPoint.Parse(options.Listen).Address, options.Hosts);
    private readonly ClientRates _rates = new(perSecond, clock);
    private volatile IReadOnlyList<IHttpResource>? _resources;
    private volatile IReadOnlyList<IHttpResource> _pages = [];

    /// <summary>From now on requests are served.</summary>
    public void Open(IEnumerable<IHttpResource> resources) => _resources = [.. _pages, .. resources];

    /// <summary>
    /// From now on the pages are served, while the agent loads too: they say that it does. Comes before <see cref="Open"/>.
    /// </summary>
    public void OpenPages(IReadOnlyList<IHttpResource> pages) => _pages = pages;

    /// <summary>Answers one request, whatever it is.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            await DispatchAsync(context).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            await FailAsync(context, Problem(e)).ConfigureAwait(false);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // the client is gone
        }
        catch (Exception e) // the edge of a request
        {
            RequestFailed(logger, e.GetType().Name);
            metrics.Drop("http_internal");
            await FailAsync(context, new QueryError(HttpErrors.Internal, "the device failed to answer")).ConfigureAwait(false);
        }
    }

    private Task DispatchAsync(HttpContext context)
    {
        var request = context.Request;
        if (!_hosts.IsOurs(request.Host.Host) || !_hosts.IsOwnPage(request.Headers.Origin))
            return RefuseAsync(context, "http_host", new QueryError(ErrorCodes.Forbidden,
                "the request names a host that this device does not serve; names beside localhost are configured in Http:Hosts"));
        var user = _keys?.Find(request.Headers.Authorization);
        var caller = new HttpCaller(user is null ? $"http:{context.Connection.RemoteIpAddress}" : $"http:key:{user}")
        { Reader = user is null ? null : $"key:{user}" };
        if (_rates.Take(caller.Client) is { } wait)
            return RefuseAsync(context, "http_rate", new QueryError(ErrorCodes.Overloaded,
                "this client sends too many requests (Http:RequestsPerSecond)", Math.Round(wait.TotalSeconds, 2)));
        var path = request.Path.Value ?? "";
        var isLoading = _resources is null;
        var served = (_resources ?? _pages).Where(r => Serves(r, path)).ToList();
        if (isLoading && served.Count == 0) return path == HealthPath ? SayLoading(context) : HttpErrors.WriteAsync(context, Loading);
        var resource = served.Find(r => r.Method == (request.Method == HttpMethods.Head ? HttpMethods.Get : request.Method));
        if (_keys is not null && user is null && resource is not { IsOpen: true })
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return RefuseAsync(context, "http_key",
                new QueryError(HttpErrors.Unauthorized, "an API key is needed: Authorization: Bearer KEY"));
        }
        if (resource is not null) return resource.HandleAsync(context, caller);
        if (served.Count == 0)
            return HttpErrors.WriteAsync(context,
                new QueryError(HttpErrors.NotFound, "there is nothing at this path; the page is at /, the API below /v1"));
        var methods = string.Join(", ", served.Select(r => r.Method).Distinct());
        context.Response.Headers.Allow = methods;
        return HttpErrors.WriteAsync(context, new QueryError(HttpErrors.MethodNotAllowed, $"this path takes {methods}"));
    }

    private static bool Serves(IHttpResource resource, string path) =>
        resource.Path == path || resource.Path is { Length: > 1 } and [.., '/'] && path.StartsWith(resource.Path, StringComparison.Ordinal);

    private static Task SayLoading(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "1";
        return HttpJson.WriteAsync(context, json => json.WriteString("status", "loading"));
    }

    private Task RefuseAsync(HttpContext context, string reason, QueryError error)
    {
        metrics.Drop(reason);
        return HttpErrors.WriteAsync(context, error);
    }

    /// <summary>What Kestrel found wrong with a request that it had begun to read.</summary>
    private static QueryError Problem(BadHttpRequestException e) => e.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => new QueryError(ErrorCodes.TooLong, "the body is larger than Queries:MaxPayloadBytes"),
        StatusCodes.Status408RequestTimeout => new QueryError(ErrorCodes.Expired, "the body came too slowly"),
        _ => new QueryError(ErrorCodes.InvalidRequest, "the body is no valid HTTP"),
    };

    private static async Task FailAsync(HttpContext context, QueryError error)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        try
        {
            await HttpErrors.WriteAsync(context, error).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // the client is gone
        }
    }

    /// <summary>Whether a body is JSON. Pages of strangers cannot send that without asking first, which is refused (CORS).</summary>
    public static bool IsJson(HttpRequest request) =>
        request.ContentType is { } type
        && type.Split(';')[0].Trim().Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(Level = LogLevel.Error, Message = "An HTTP request failed: {Kind}")]
    private static partial void RequestFailed(ILogger logger, string kind);
}
