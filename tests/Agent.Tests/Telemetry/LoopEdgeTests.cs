using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Tests.Telemetry;

public sealed class LoopEdgeTests
{
    [Fact]
    public void Run_SameFailureAgain_IsLoggedOnceAndTheNextRoundComes()
    {
        var loggers = new RecordingLoggers();
        var edge = new LoopEdge(loggers.CreateLogger("x"), "count");
        var rounds = 0;
        for (var i = 0; i < 3; i++)
            edge.Run(() =>
            {
                rounds++;
                throw new InvalidOperationException("same");
            });
        Assert.Equal((3, "InvalidOperationException: same"), (rounds, edge.Failing));
        Assert.Single(loggers.Lines, l => l.Level == LogLevel.Error);
        edge.Run(() => { });
        Assert.Null(edge.Failing);
        edge.Run(() => throw new InvalidOperationException("same"));
        Assert.Equal(2, loggers.Lines.Count());
    }
}
