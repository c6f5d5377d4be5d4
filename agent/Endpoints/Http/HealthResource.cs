using EdgeAgent.Mqtt;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using EdgeAgent.Thermal;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// <c>GET /health</c>: 200 while questions are answered, 503 while the device starts or stops. <c>degraded</c> is a device that has stored
/// answers alone, since it is hot or its engine restarts.
/// </summary>
internal sealed class HealthResource(StudentRouter router, EngineSupervisor supervisor, IThermalGate thermal, MqttLink link,
    QueryIntake intake, TimeProvider clock) : IHttpResource
{
    public string Method => HttpMethods.Get;

    public string Path => HttpDispatcher.HealthPath;

    public bool IsOpen => true;

    public Task HandleAsync(HttpContext context, HttpCaller caller)
    {
        var (level, engine, student) = (thermal.Enter().State, supervisor.Health.State, router.Current?.Manifest);
        var isDegraded = student is null || engine != EngineState.Serving || !AnswerPlanner.MayGenerate(level.Level);
        if (intake.IsDraining) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return HttpJson.WriteAsync(context, json =>
        {
            json.WriteString("status", intake.IsDraining ? "stopping" : isDegraded ? "degraded" : "serving");
            json.WriteString("level", level.Level.ToString());
            json.WriteString("reason", level.Reason);
            json.WriteString("engine", engine.ToString().ToLowerInvariant());
            json.WriteString("model", student?.Name ?? "none");
            json.WriteString("version", student?.Version ?? "");
            json.WriteNumber("release", student?.Release ?? 0);
            json.WriteBoolean("broker", link.IsConnected);
            json.WriteString("at", clock.GetUtcNow());
        });
    }
}
