using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>Tests that measure time run alone, after the others.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

[Collection("alone")]
public sealed class LoadTests
{
    private const string QueryTopic = "edge/v1/local/edge-1/query";

    /// <summary>
    /// 1,000 queries from 20 clients at four times the measured capacity: each ends exactly once, refusals are fast, memory stays.
    /// </summary>
    [Fact]
    public async Task Load_FourTimesTheCapacity_EveryQueryEndsOnceAndRefusalsAreFast()
    {
        const int clients = 20, each = 50;
        await using var agent = await AgentFixture.StartAsync(s =>
            s with { Student = s.Student with { MaxWaiting = 8 }, Queries = s.Queries with { DuplicateMemory = 256 } });
        var terminals = new List<RawClient>();
        for (var c = 0; c < clients; c++) terminals.Add(await RawClient.ConnectAsync(agent.Broker, $"l{c}", true, $"clients/l{c}/rsp"));
        var capacity = await Capacity(agent);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var sentAt = new System.Collections.Concurrent.ConcurrentDictionary<string, long>();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(terminals.Select((t, c) => Task.Run(async () =>
        {
            for (var q = 0; q < each; q++)
            {
                var due = TimeSpan.FromSeconds((q * clients + c) / (4 * capacity)) - Stopwatch.GetElapsedTime(start);
                if (due > TimeSpan.Zero) await Task.Delay(due, TestContext.Current.CancellationToken);
                sentAt[$"{c}/{q}"] = Stopwatch.GetTimestamp();
                await t.SendAsync(QueryTopic, LoadQuestion, $"clients/l{c}/rsp", Encoding.UTF8.GetBytes($"{c}/{q}"));
            }
        })));
        await Waiting.ForAsync(() => terminals.Sum(t => t.Received.Count) >= clients * each);
        await Task.Delay(200, TestContext.Current.CancellationToken); // anything sent twice would come now

        var replies =
            terminals.SelectMany(t =>
                t.Received.Select(m =>
                    (Key: Encoding.UTF8.GetString(m.CorrelationData), At: t.ReceivedAt[m],
                        Error: JsonNode.Parse(RawClient.Text(m))!["error"]?["code"]?.GetValue<string>()))).ToList();
        Assert.Equal(clients * each, replies.Select(r => r.Key).Distinct().Count());
        Assert.Equal(clients * each, replies.Count);
        Assert.All(replies, r => Assert.True(r.Error is null or "overloaded", r.Error));
        var refusals = replies.Where(r => r.Error is not null).Select(r => Stopwatch.GetElapsedTime(sentAt[r.Key], r.At).TotalMilliseconds)
            .Order().ToList();
        Assert.True(refusals.Count > clients * each / 4, $"only {refusals.Count} refusals");
        // what other tests left goes by and by; what a query left stays
        long grown = 0;
        await Waiting.ForAsync(() => (grown = GC.GetTotalMemory(forceFullCollection: true) - before) < 8 << 20);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"capacity {capacity:F0}/s, {replies.Count - refusals.Count} answered, {refusals.Count} refused in p50 " +
            $"{refusals[refusals.Count / 2]:F1} ms, p99 {refusals[refusals.Count * 99 / 100]:F1} ms, memory {grown / 1024} KiB");
        // a refusal does not wait behind answers, however slow the machine is
        var answered = replies.Where(r => r.Error is null).Select(r => Stopwatch.GetElapsedTime(sentAt[r.Key], r.At).TotalMilliseconds)
            .Order().ToList();
        Assert.True(refusals[refusals.Count / 2] < answered[answered.Count / 2] / 2,
            $"refused in p50 {refusals[refusals.Count / 2]:F1} ms, answered in {answered[answered.Count / 2]:F1} ms");
        if (Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is not null)
            Assert.True(refusals[refusals.Count * 95 / 100] < 50, $"p95 {refusals[refusals.Count * 95 / 100]:F1} ms");
        Assert.Equal(0, agent.Agent.Queries.Running);
        foreach (var terminal in terminals) await terminal.DisposeAsync();
    }

    private const string LoadQuestion = """{"messages":[{"role":"user","content":"What does alarm SP-14 mean?"}],"stream":false}""";

    /// <summary>Answers a second with every row busy and nothing refused.</summary>
    private static async Task<double> Capacity(AgentFixture agent)
    {
        const int rounds = 25;
        var rows = agent.Agent.Student.Rows;
        await using var client = await RawClient.ConnectAsync(agent.Broker, "cap", true, "clients/cap/rsp");
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, rows).Select(row => Task.Run(async () =>
        {
            for (var i = 0; i < rounds; i++)
            {
                byte[] id = [(byte)row, (byte)i];
                await client.SendAsync(QueryTopic, LoadQuestion, "clients/cap/rsp", id);
                await client.WaitAsync(m => m.CorrelationData.AsSpan().SequenceEqual(id));
            }
        })));
        return rows * rounds / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
