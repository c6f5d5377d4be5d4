using EdgeAgent.Hosting.Modules;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Mqtt;

public sealed class LinkFiguresTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Now_Reconnects_CountsTheLastMinuteWithoutTheFirstConnection()
    {
        var figures = new LinkFigures(_clock);
        figures.Connected();
        Assert.Equal(0, figures.Now.ReconnectsLastMinute);
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(25));
            figures.Connected();
        }
        Assert.Equal(3, figures.Now.ReconnectsLastMinute);
        _clock.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(2, figures.Now.ReconnectsLastMinute);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, figures.Now.ReconnectsLastMinute);
    }

    [Fact]
    public void Now_SubscriptionRefusedThenGranted_IsForgotten()
    {
        var figures = new LinkFigures(_clock);
        figures.Subscription("a", isGranted: false);
        figures.Subscription("b", isGranted: true);
        Assert.Equal(["a"], figures.Now.RefusedSubscriptions);
        figures.Subscription("a", isGranted: true);
        Assert.Empty(figures.Now.RefusedSubscriptions);
    }

    [Fact]
    public void Line_AllIsWell_IsEmpty() => Assert.Empty(LinkWatch.Line(
        new LinkReport { ReconnectsLastMinute = 1, CertificateEnd = _clock.GetUtcNow().AddDays(31) }, isConnected: true,
        _clock.GetUtcNow()));

    [Fact]
    public void Line_EverythingIsWrong_NamesEach()
    {
        var line = LinkWatch.Line(new LinkReport
        {
            Waiting = 3,
            OldestSeconds = 12.4,
            ReconnectsLastMinute = 4,
            Refused = 2,
            LastRefusal = "NotAuthorized",
            Parked = 1,
            RefusedSubscriptions = ["edge/q"],
            OutboxProblem = "disk full",
            CertificateEnd = _clock.GetUtcNow().AddDays(11.5),
            BrokerCertificateEnd = _clock.GetUtcNow().AddDays(-1)
        }, isConnected: false, _clock.GetUtcNow());
        Assert.Equal("no connection to the broker; 3 messages wait, the oldest for 12 s; they would not survive a restart (disk full); " +
            "4 reconnects in the last minute; 2 messages refused by the broker, the last as NotAuthorized; 1 messages given up; " +
            "subscription refused: edge/q; " +
            "the client certificate ends in 12 days; the broker's certificate has ended", line);
    }
}
