using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Telemetry;

/// <summary>Where measurements go beside the telemetry topic and <c>/metrics</c>.</summary>
internal sealed record TelemetryOptions : ICheckedOptions
{
    /// <summary>
    /// Collector that gets the metrics by OTLP over HTTP, such as <c>http://collector:4318</c>; <c>/v1/metrics</c> is added. Empty: none.
    /// Metrics hold no text of questions.
    /// </summary>
    public string OtlpEndpoint { get; init; } = "";

    /// <summary>Time between two exports by OTLP.</summary>
    [Duration("OtlpSeconds", DurationUnit.Seconds), Range(1, 3600)]
    public TimeSpan OtlpInterval { get; init; } = TimeSpan.FromSeconds(30);

    public IEnumerable<string> Problems(string section)
    {
        if (OtlpEndpoint.Length > 0 && !(Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            yield return $"{section}:OtlpEndpoint must be http://HOST:PORT or https://HOST:PORT, found '{OtlpEndpoint}'";
    }
}
