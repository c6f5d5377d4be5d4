using EdgeAgent.Endpoints.Http;
using EdgeAgent.Mqtt;
using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Pages;

/// <summary><c>GET /kiosk.json</c>: what the deployer configured for the page.</summary>
internal sealed class KioskResource(KioskOptions options, MqttOptions device) : IHttpResource
{
    public string Method => HttpMethods.Get;

    public string Path => "/kiosk.json";

    public bool IsOpen => true;

    public Task HandleAsync(HttpContext context, HttpCaller caller) => HttpJson.WriteAsync(context, json =>
    {
        json.WriteString("name", options.Name.Length > 0 ? options.Name : device.Device);
        json.WriteString("logo", options.Logo.Length > 0 ? KioskLogo.Path : null);
        json.WriteString("accent", options.Accent);
        json.WriteString("theme", options.Theme.ToString().ToLowerInvariant());
        json.WriteNumber("idle_s", options.IdleReset.TotalSeconds);
        json.WriteStartArray("languages");
        foreach (var language in options.Languages) json.WriteStringValue(Tag(language));
        json.WriteEndArray();
        json.WriteStartObject("start_questions");
        foreach (var language in options.Languages)
        {
            json.WriteStartArray(Tag(language));
            foreach (var text in options.StartQuestions.Select(q => q.In(language)).Where(t => t.Length > 0)) json.WriteStringValue(text);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    });

    /// <summary>The language's tag (BCP 47).</summary>
    private static string Tag(KioskLanguage language) => language == KioskLanguage.Zh ? "zh" : "en";
}
