using System.Text;
using EdgeAgent.Endpoints.Meters;
using EdgeAgent.Telemetry;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary><c>GET /metrics</c>: counts and measures in Prometheus' text format, never a text of a question.</summary>
internal sealed class MetricsResource : IHttpResource
{
    private readonly PrometheusExporter _exporter;

    /// <param name="instruments">The observed ones: they exist from here on.</param>
    public MetricsResource(PrometheusExporter exporter, DeviceInstruments instruments) => (_exporter, _) = (exporter, instruments);

    public string Method => HttpMethods.Get;

    public string Path => "/metrics";

    public async Task HandleAsync(HttpContext context, HttpCaller caller)
    {
        var body = Encoding.UTF8.GetBytes(_exporter.Read());
        context.Response.ContentType = PrometheusExporter.ContentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
