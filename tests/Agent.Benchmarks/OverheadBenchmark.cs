using System.Diagnostics.Metrics;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Benchmarks;

/// <summary>The whole agent over loopback MQTT, one query at a time; reads the agent's own histogram edge_agent.overhead.</summary>
internal static class OverheadBenchmark
{
    private const double MedianLimitMs = 2, TailLimitMs = 5;
    private const int WarmUp = 1000;

    public static async Task<int> RunAsync(int count, bool check)
    {
        var overheads = new List<double>();
        var firsts = new List<double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (i, l) =>
            {
                if (i.Meter.Name == "EdgeAgent")
                    l.EnableMeasurementEvents(i);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            if (instrument.Name == "edge_agent.overhead") overheads.Add(value);
            else if (instrument.Name == "edge_agent.first_token") firsts.Add(value);
        });
        listener.Start();
        var settings = AgentSettings.Load(null,
            new Dictionary<string, string?>
            {
                ["Mqtt:Listen"] = "127.0.0.1:0",
                ["Http:Listen"] = "",
                ["Answers:Learn"] = "false",
                ["Updates:Enabled"] = "false"
            }) with
        { StateDirectory = "" };
        await using var agent = new AgentHost(settings, TimeProvider.System, NullLoggerFactory.Instance);
        await agent.StartAsync(CancellationToken.None);
        await using (var terminal = await TerminalClient.ConnectAsync(agent.Broker, "bench", true, TimeProvider.System,
            CancellationToken.None))
        {
            for (var i = 0; i < WarmUp + count; i++)
            {
                if (i == WarmUp)
                {
                    overheads.Clear();
                    firsts.Clear();
                }
                var question = TerminalClient.Question($"What does alarm SP-{10 + i % 15} mean?");
                await foreach (var reply in terminal.AskAsync(settings.Mqtt.Site, settings.Mqtt.Device, question, 30,
                    CancellationToken.None)) _ = reply;
            }
        }
        await agent.StopAsync(CancellationToken.None);
        overheads.Sort();
        firsts.Sort();
        double p50 = overheads[overheads.Count / 2], p99 = overheads[overheads.Count * 99 / 100];
        Console.WriteLine(
            $"{overheads.Count} queries, one in flight, {Environment.ProcessorCount} cores: overhead p50 {p50:F2} ms, p99 {p99:F2} ms; " +
            $"first piece p50 {firsts[firsts.Count / 2]:F2} ms, p99 {firsts[firsts.Count * 99 / 100]:F2} ms");
        return check && (p50 > MedianLimitMs || p99 > TailLimitMs) ? 1 : 0;
    }
}
