using System.Collections.Concurrent;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Watchdog;
using EdgeAgent.Platform;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Hosting.Watchdog;

public sealed class WatchdogPartTests : IDisposable
{
    private sealed class Notifier : ISystemdNotifier
    {
        public ConcurrentQueue<string> Messages { get; } = new();
        public bool IsEnabled => true;
        public void Notify(ServiceState state) => Messages.Enqueue(state.ToString());
        public int Fed => Messages.Count(m => m == "WATCHDOG=1");
    }

    private readonly FakeTimeProvider _clock = new();
    private readonly Notifier _notifier = new();
    private readonly RecordingLoggers _loggers = new();

    public void Dispose() => _loggers.Dispose();

    private async Task<WatchdogPart> StartAsync(TimeSpan? period, params WatchedLoop[] loops)
    {
        var part = new WatchdogPart(loops, new WatchdogOptions(), new ServiceEnvironment { Watchdog = period }, new StatusLine(_notifier),
            _clock, new Logger<WatchdogPart>(_loggers));
        await part.StartAsync(TestContext.Current.CancellationToken);
        return part;
    }

    /// <summary>Fed three times in the time that systemd waits, until a loop has not moved for a minute, and again when it moves.</summary>
    [Fact]
    public async Task Feed_WhileTheLoopsMove_AndNoLonger()
    {
        long rounds = 0;
        var (owner, moves) = (new object(), true);
        await using var part = await StartAsync(TimeSpan.FromSeconds(30),
            new WatchedLoop(() => new LoopSign("decode", owner, rounds, TimeSpan.Zero), () => rounds += moves ? 1 : 0));
        for (var look = 0; look < 12; look++) _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(13, _notifier.Fed);
        moves = false;
        for (var look = 0; look < 12; look++) _clock.Advance(TimeSpan.FromSeconds(10));
        var fed = _notifier.Fed;
        Assert.InRange(fed, 13 + 5, 13 + 7);
        Assert.Single(_loggers.Lines, l => l.Level == LogLevel.Critical
            && l.Text.StartsWith("The decode loop has not moved for 60 s", StringComparison.Ordinal));
        moves = true;
        for (var look = 0; look < 3; look++) _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.InRange(_notifier.Fed, fed + 2, fed + 3);
    }

    [Fact]
    public async Task Start_SystemdDoesNotWatch_DoesNothing()
    {
        await using var part = await StartAsync(null, new WatchedLoop(() => throw new InvalidOperationException(), () => { }));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_notifier.Messages);
        Assert.Empty(_loggers.Lines);
    }

    /// <summary>A loop that cannot be looked at is no reason to feed.</summary>
    [Fact]
    public async Task Look_Throws_DoesNotFeed()
    {
        await using var part = await StartAsync(TimeSpan.FromSeconds(30),
            new WatchedLoop(() => throw new InvalidOperationException(), () => { }));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _notifier.Fed);
    }

    [Fact]
    public async Task Stop_EndsTheFeeding()
    {
        var part = await StartAsync(TimeSpan.FromSeconds(30));
        await part.StopAsync();
        var fed = _notifier.Fed;
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(fed, _notifier.Fed);
    }

    /// <summary>The idle loops of a whole agent answer; the device has all three.</summary>
    [Fact]
    public async Task Loops_OfAnIdleAgent_GoRoundWhenAsked()
    {
        using var state = new TemporaryDirectory();
        await using var agent = await AgentFixture.StartAsync(s => s with { StateDirectory = state.Path });
        var loops = agent.Agent.Services.GetServices<WatchedLoop>().ToList();
        Assert.Equal(["decode", "library update", "link", "update"], loops.Select(l => l.Sign()!.Value.Loop).Order(StringComparer.Ordinal));
        foreach (var loop in loops)
            for (var look = 0; look < 3; look++)
            {
                var before = loop.Sign()!.Value.Rounds;
                loop.Ask();
                await Waiting.ForAsync(() => loop.Sign()!.Value.Rounds > before);
            }
    }
}
