using System.Diagnostics;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>Three devices of a pool on a real broker, one of which is killed (SIGKILL) while it answers.</summary>
public sealed class PoolTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Task<AgentFixture> Member(Mosquitto mosquitto, string device) => AgentFixture.StartAsync(s => s with
    {
        Mqtt = s.Mqtt with
        {
            Broker = mosquitto.Broker.ToString(),
            Device = device,
            Pool = "line",
            MaxReconnectDelay = TimeSpan.FromSeconds(1)
        }
    });

    private Process Start(Mosquitto mosquitto, double sessionSeconds)
    {
        var info = AgentProcess.Info("run", "--broker", mosquitto.Broker.ToString(), "--device", "d3", "--state", _root.File("state"));
        foreach (var (name, value) in new[] { ("STUDENT__THREADS", "1"), ("STUDENT__SPINNING", "false"), ("MQTT__POOL", "line"),
            ("MQTT__MAXRECONNECTSECONDS", "1"),
            ("MQTT__POOLSESSIONSECONDS", sessionSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)) })
            info.Environment["EDGE_AGENT__" + name] = value;
        var process = Process.Start(info)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        return process;
    }

    private static async Task<TerminalReply> AskAsync(TerminalClient terminal, string text)
    {
        TerminalReply? last = null;
        await foreach (var reply in terminal.AskAsync("local", Topics.AnyDevice, TerminalClient.Question(text), 120, Cancellation))
            last = reply;
        return last!;
    }

    /// <summary>Waits until the broker gives questions to a device that is not in this process.</summary>
    private static async Task JoinedAsync(TerminalClient terminal, params AgentFixture[] here)
    {
        for (var asked = 1; asked < 1000; asked++)
        {
            await AskAsync(terminal, "What does alarm SP-14 mean?");
            if (here.Sum(a => a.Agent.Metrics.Total("replies.stop")) <= asked - 2) return;
        }
        Assert.Fail("the third device gets no question of the pool");
    }

    private static async Task WaitForStateAsync(RawClient reader, bool isOnline) => await reader.WaitAsync(m =>
        m.Topic == "edge/v1/local/d3/state"
        && RawClient.Text(m).Contains($"\"online\":{(isOnline ? "true" : "false")}", StringComparison.Ordinal));

    /// <summary>
    /// As the service manager does it, the killed device is started again: it gets its unanswered questions back, and each of the load is
    /// answered.
    /// </summary>
    [Fact]
    public async Task Pool_MemberIsKilledMidLoadAndStartedAgain_EveryQueryIsAnsweredOnce()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using var one = await Member(mosquitto, "d1");
        await using var two = await Member(mosquitto, "d2");
        await using var states = await RawClient.ConnectAsync(mosquitto.Broker, "states", true, "edge/v1/local/d3/state");
        using var third = Start(mosquitto, sessionSeconds: 60);
        await WaitForStateAsync(states, isOnline: true);
        await Waiting.ForAsync(() => one.Agent.Link.IsConnected && two.Agent.Link.IsConnected);
        await using var terminal = await TerminalClient.ConnectAsync(mosquitto.Broker, "t", true, TimeProvider.System, Cancellation);
        await JoinedAsync(terminal, one, two);
        var asked = Enumerable.Range(0, 45).Select(n => AskAsync(terminal, $"What does alarm SP-{n} mean?")).ToList();
        await Waiting.ForAsync(() => asked.Count(a => a.IsCompleted) >= 3);
        third.Kill();
        await third.WaitForExitAsync(Cancellation);
        var before = asked.Count(a => a.IsCompleted);
        using var again = Start(mosquitto, sessionSeconds: 60);
        var replies = await Task.WhenAll(asked).WaitAsync(Waiting.Limit, Cancellation);
        again.Kill();
        await again.WaitForExitAsync(Cancellation);
        TestContext.Current.TestOutputHelper?.WriteLine($"{before} of {asked.Count} answered when it was killed");
        Assert.True(before < asked.Count, "the load was over before the kill: it proves nothing");
        Assert.All(replies, r => Assert.False(r.IsError, r.Body.ToJsonString()));
    }

    /// <summary>
    /// A device that does not return loses its place in the pool with its short session: the others get everything. mosquitto goes on
    /// giving an absent device its share as long as its session lives.
    /// </summary>
    [Fact]
    public async Task Pool_MemberIsKilledForGood_TheOthersGetItsShareWhenItsSessionEnds()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using var one = await Member(mosquitto, "d1");
        await using var states = await RawClient.ConnectAsync(mosquitto.Broker, "states", true, "edge/v1/local/d3/state");
        using var third = Start(mosquitto, sessionSeconds: 1);
        await WaitForStateAsync(states, isOnline: true);
        await using var terminal = await TerminalClient.ConnectAsync(mosquitto.Broker, "t", true, TimeProvider.System, Cancellation);
        await Waiting.ForAsync(() => one.Agent.Link.IsConnected);
        await JoinedAsync(terminal, one);
        third.Kill();
        await third.WaitForExitAsync(Cancellation);
        await WaitForStateAsync(states, isOnline: false);
        // each second question goes to the absent device until the broker has ended its session
        for (var since = TimeProvider.System.GetTimestamp(); ;)
        {
            var all = Task.WhenAll(Enumerable.Range(0, 4).Select(n => AskAsync(terminal, $"What does alarm SP-{n} mean?")));
            if (await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(3), Cancellation)) == all) break;
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Waiting.Limit, "questions still go to a device that is gone");
        }
    }
}
