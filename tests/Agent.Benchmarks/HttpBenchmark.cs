using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Benchmarks;

/// <summary>
/// The whole agent, asked in turns over loopback MQTT and over HTTP with server-sent events, one query in flight: from the client's sending
/// to the first piece at the client.
/// </summary>
internal static class HttpBenchmark
{
    private const double LimitMs = 1;
    private const int WarmUp = 200;

    public static async Task<int> RunAsync(int count, bool check)
    {
        var settings = AgentSettings.Load(null,
            new Dictionary<string, string?>
            {
                ["Mqtt:Listen"] = "127.0.0.1:0",
                ["Http:Listen"] = "127.0.0.1:0",
                ["Http:RequestsPerSecond"] = "10000",
                ["Answers:Learn"] = "false",
                ["Updates:Enabled"] = "false"
            }) with
        { StateDirectory = "" };
        await using var agent = new AgentHost(settings, TimeProvider.System, NullLoggerFactory.Instance);
        await agent.StartAsync(CancellationToken.None);
        List<double> http = [], mqtt = [];
        using var client = new HttpClient { BaseAddress = agent.Http };
        await using (var terminal = await TerminalClient.ConnectAsync(agent.Broker, "bench", true, TimeProvider.System,
            CancellationToken.None))
        {
            for (var i = 0; i < WarmUp + count; i++)
            {
                if (i == WarmUp)
                {
                    http.Clear();
                    mqtt.Clear();
                }
                var question = $"What does alarm SP-{10 + i % 15} mean?";
                mqtt.Add(await AskMqttAsync(terminal, settings, question));
                http.Add(await AskHttpAsync(client, question));
            }
        }
        await agent.StopAsync(CancellationToken.None);
        http.Sort();
        mqtt.Sort();
        double httpMedian = http[count / 2], mqttMedian = mqtt[count / 2];
        Console.WriteLine(
            $"{count} queries each, in turns, one in flight, {Environment.ProcessorCount} cores, first piece at the client: " +
            $"MQTT p50 {mqttMedian:F2} ms, p99 {mqtt[count * 99 / 100]:F2} ms; HTTP p50 {httpMedian:F2} ms, " +
            $"p99 {http[count * 99 / 100]:F2} ms; HTTP over MQTT p50 {httpMedian - mqttMedian:F2} ms");
        return check && httpMedian - mqttMedian > LimitMs ? 1 : 0;
    }

    private static async Task<double> AskMqttAsync(TerminalClient terminal, AgentSettings settings, string question)
    {
        var start = TimeProvider.System.GetTimestamp();
        double? first = null;
        await foreach (var _ in terminal.AskAsync(settings.Mqtt.Site, settings.Mqtt.Device, TerminalClient.Question(question), 30,
            CancellationToken.None)) first ??= TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
        return first!.Value;
    }

    private static async Task<double> AskHttpAsync(HttpClient client, string question)
    {
        var start = TimeProvider.System.GetTimestamp();
        var body = TerminalClient.Question(question);
        body["stream"] = true;
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create<JsonNode>(body) };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        double? first = null;
        while (await reader.ReadLineAsync() is { } line)
            if (line.Contains("\"content\":\"", StringComparison.Ordinal) && !line.Contains("\"content\":\"\"", StringComparison.Ordinal))
                first ??= TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
        return first!.Value;
    }
}
