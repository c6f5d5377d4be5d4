using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeAgent.Telemetry;

namespace EdgeAgent.Tests.Telemetry;

/// <summary>The metrics as Prometheus reads them, and as a collector gets them.</summary>
public sealed class PrometheusExporterTests : IDisposable
{
    private readonly AgentMetrics _metrics = new();
    private readonly PrometheusExporter _exporter;

    public PrometheusExporterTests() => _exporter = new PrometheusExporter(_metrics);

    public void Dispose()
    {
        _exporter.Dispose();
        _metrics.Dispose();
    }

    private string[] Lines => _exporter.Read().Split('\n');

    [Fact]
    public void Counters_WithLabels_AreSummedUp()
    {
        _metrics.Query();
        _metrics.Reply("stop");
        _metrics.Reply("stop");
        _metrics.Reply("overloaded");
        Assert.Contains("edge_agent_queries_total 1", Lines);
        Assert.Contains("edge_agent_replies_total{outcome=\"stop\"} 2", Lines);
        Assert.Contains("edge_agent_replies_total{outcome=\"overloaded\"} 1", Lines);
        Assert.Contains("# TYPE edge_agent_replies_total counter", Lines);
        Assert.Contains("# HELP edge_agent_replies_total Terminal replies by outcome", Lines);
    }

    /// <summary>Names, units and bounds of OpenTelemetry's conventions for generative AI; buckets are cumulative.</summary>
    [Fact]
    public void Histogram_OfAnAnswer_HasTheConventionsNameAndBounds()
    {
        _metrics.Answered(new ServedAnswer("m", "model", 0.3, 0.05, 10, 6));
        const string name = "gen_ai_server_request_duration_seconds",
            labels = "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"edge_agent\",gen_ai_response_model=\"m\"," +
                "edge_agent_source=\"model\"";
        Assert.Contains($"{name}_bucket{{{labels},le=\"0.16\"}} 0", Lines);
        Assert.Contains($"{name}_bucket{{{labels},le=\"0.32\"}} 1", Lines);
        Assert.Contains($"{name}_bucket{{{labels},le=\"+Inf\"}} 1", Lines);
        Assert.Contains($"{name}_sum{{{labels}}} 0.3", Lines);
        Assert.Contains($"{name}_count{{{labels}}} 1", Lines);
        Assert.Contains($"gen_ai_server_time_to_first_token_seconds_sum{{{labels}}} 0.05", Lines);
        Assert.Contains($"gen_ai_server_time_per_output_token_seconds_sum{{{labels}}} 0.05", Lines);
        Assert.Contains("edge_agent_tokens_total{gen_ai_token_type=\"output\"} 6", Lines);
    }

    [Fact]
    public void Gauge_Observed_HasItsValueNowOrNone()
    {
        double? value = 61.5;
        _metrics.Meter.CreateObservableGauge<double>("hw.temperature",
            () => value is { } v ? [new System.Diagnostics.Metrics.Measurement<double>(v)] : [], "Cel", "t");
        Assert.Contains("hw_temperature_celsius 61.5", Lines);
        value = 62;
        Assert.Contains("hw_temperature_celsius 62", Lines);
        value = null;
        Assert.DoesNotContain(Lines, l => l.StartsWith("hw_temperature", StringComparison.Ordinal));
    }

    [Fact]
    public void Series_MoreThanKept_AreDroppedAndCounted()
    {
        for (var i = 0; i < PrometheusExporter.MaxSeries + 5; i++) _metrics.Drop($"r{i}");
        Assert.Equal(PrometheusExporter.MaxSeries, Lines.Count(l => l.StartsWith("edge_agent_drops_total{", StringComparison.Ordinal)));
        Assert.Contains(Lines, l => l.StartsWith("# 5 measurements", StringComparison.Ordinal));
    }

    [Fact]
    public void Label_WithQuotesAndBreaks_IsEscaped()
    {
        _metrics.Drop("a\"b\\c\nd");
        Assert.Contains(@"edge_agent_drops_total{reason=""a\""b\\c\nd""} 1", Lines);
    }

    /// <summary>Another agent in the process is not counted.</summary>
    [Fact]
    public void Metrics_OfAnotherAgent_AreNotHeard()
    {
        using var other = new AgentMetrics();
        other.Query();
        Assert.DoesNotContain(Lines, l => l.StartsWith("edge_agent_queries_total", StringComparison.Ordinal));
    }

    /// <summary>A collector gets protobuf at /v1/metrics, with the resource's names in it.</summary>
    [Fact]
    public async Task Otlp_Collector_GetsTheMetrics()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        var received = ReceiveAsync(listener);
        using (new OtlpExport(new TelemetryOptions { OtlpEndpoint = address }, "site-9", "device-9", "0.1.0"))
            _metrics.Query(); // disposing exports what there is
        var (head, body) = await received.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        Assert.StartsWith("POST /v1/metrics HTTP/1.1", head, StringComparison.Ordinal);
        Assert.Contains("application/x-protobuf", head, StringComparison.Ordinal);
        foreach (var name in new[] { "edge_agent.queries", "site-9", "device-9", "edge-agent" })
            Assert.Contains(name, body, StringComparison.Ordinal);
    }

    private static async Task<(string Head, string Body)> ReceiveAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        var all = new List<byte>();
        var buffer = new byte[4096];
        int head = -1, length = 0;
        while (head < 0 || all.Count < head + 4 + length)
        {
            var count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
            if (count == 0) break;
            all.AddRange(buffer.AsSpan(0, count));
            var text = Encoding.Latin1.GetString([.. all]);
            head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0) continue;
            length = int.Parse(text[..head].Split("\r\n").Single(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                .Split(':')[1], CultureInfo.InvariantCulture);
        }
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(),
            TestContext.Current.CancellationToken);
        var request = Encoding.Latin1.GetString([.. all]);
        return (request[..head], request[head..]);
    }
}
