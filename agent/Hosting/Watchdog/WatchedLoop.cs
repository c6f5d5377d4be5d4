using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting.Watchdog;

/// <summary>A loop without which the service is of no use.</summary>
/// <param name="Sign">What it shows; null while there is none, as when the device is too hot for a student.</param>
/// <param name="Ask">Makes it go round once where it is idle.</param>
internal sealed record WatchedLoop(Func<LoopSign?> Sign, Action Ask)
{
    /// <summary>The serving student's. A parked student has none; the supervisor brings it back.</summary>
    public static WatchedLoop Decode(StudentRouter router) => new(
        () => router.IsParked || router.Current?.Engine is not { } engine ? null
            : new LoopSign("decode", engine, engine.Rounds, TimeSpan.Zero),
        () =>
        {
            if (!router.IsParked) router.Current?.Engine.Ask();
        });

    public static WatchedLoop Link(MqttLink link) => Of("link", link.Pulse);

    public static WatchedLoop Updates(UpdateContext updates) => Of("update", updates.Pulse);

    public static WatchedLoop Of(string name, LoopPulse pulse) =>
        new(() => new LoopSign(name, pulse, pulse.Rounds, pulse.Allowance), pulse.Ask);
}
