using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary><c>GET /v1/models</c>: the one student that serves.</summary>
internal sealed class ModelsResource(StudentRouter router, TimeProvider clock) : IHttpResource
{
    private readonly long _since = clock.GetUtcNow().ToUnixTimeSeconds();

    public string Method => HttpMethods.Get;

    public string Path => "/v1/models";

    public Task HandleAsync(HttpContext context, HttpCaller caller) => HttpJson.WriteAsync(context, json =>
    {
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        if (router.Current is { } student)
        {
            json.WriteStartObject();
            Write(json, student, _since);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <param name="since">When the agent began to serve, Unix seconds: a bundle does not say when it was made.</param>
    public static void Write(Utf8JsonWriter json, Student student, long since)
    {
        StudentManifest manifest = student.Manifest;
        json.WriteString("id", manifest.Name);
        json.WriteString("object", "model");
        json.WriteNumber("created", since);
        json.WriteString("owned_by", "edge-agent");
        json.WriteString("version", manifest.Version);
        json.WriteNumber("release", manifest.Release);
        json.WriteNumber("context_length", student.Context);
    }
}

/// <summary><c>GET /v1/models/{name}</c>.</summary>
internal sealed class ModelResource(StudentRouter router, TimeProvider clock) : IHttpResource
{
    private readonly long _since = clock.GetUtcNow().ToUnixTimeSeconds();

    public string Method => HttpMethods.Get;

    public string Path => "/v1/models/";

    public Task HandleAsync(HttpContext context, HttpCaller caller)
    {
        if (router.Current is not { } student)
            return HttpErrors.WriteAsync(context, new QueryError(HttpErrors.NotFound, "this device serves stored answers only"));
        return context.Request.Path.Value == Path + student.Manifest.Name
            ? HttpJson.WriteAsync(context, json => ModelsResource.Write(json, student, _since))
            : HttpErrors.WriteAsync(context, new QueryError(HttpErrors.NotFound, $"this device serves '{student.Manifest.Name}' only"));
    }
}
