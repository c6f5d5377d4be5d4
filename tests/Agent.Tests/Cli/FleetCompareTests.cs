using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Cli;

/// <summary><c>fleet compare</c> on a broker with the telemetry of two devices.</summary>
public sealed class FleetCompareTests
{
    [Fact]
    public async Task Compare_AddsUpTheDevicesAndNamesTheWinner()
    {
        await using var broker = await EmbeddedBroker.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), 1 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        await using var client = await RawClient.ConnectAsync(address, "setup");
        foreach (var device in new[] { "d1", "d2" })
            await client.SendAsync($"edge/v1/s/{device}/telemetry", Encoding.UTF8.GetBytes("""
                {"releases":[{"release":6,"answers":900,"ratings":300,"rating_sum":1300,"resolved":270,"unresolved":30},
                             {"release":5,"answers":900,"ratings":300,"rating_sum":1100,"resolved":210,"unresolved":90}]}
                """), retain: true);
        async Task<JsonNode> RunAsync(int a, int b)
        {
            var (code, output, error) = await AgentProcess.RunAsync("", "fleet", "compare", "--broker", $"mqtt://127.0.0.1:{address.Port}",
                "--site", "s", "--a", $"{a}", "--b", $"{b}", "--seconds", "2", "--json");
            Assert.True(code == 0, error);
            return JsonNode.Parse(output)!;
        }

        var verdict = await RunAsync(5, 6);
        Assert.Equal(("superior", 6), (verdict["verdict"]!.GetValue<string>(), verdict["winner"]!.GetValue<int>()));
        Assert.Equal((420, 180), (verdict["a"]!["resolved"]!.GetValue<int>(), verdict["a"]!["unresolved"]!.GetValue<int>()));
        Assert.InRange(-0.2, verdict["low"]!.GetValue<double>(), verdict["high"]!.GetValue<double>());

        verdict = await RunAsync(6, 7); // nobody has rated release 7
        Assert.Equal("continue", verdict["verdict"]!.GetValue<string>());
        Assert.Null(verdict["winner"]);
    }
}
