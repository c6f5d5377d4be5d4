using EdgeAgent.Queries;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Queries;

public sealed class QueryRegisterTests
{
    private static readonly IReplySink Nothing = new SilentSink();
    private readonly FakeTimeProvider _clock = new();

    private static QueryReply Reply(int n) => new QueryError(ErrorCodes.Unavailable, $"reply {n}");

    [Fact]
    public void Register_Twice_RunsOnceThenRepeatsTheReply()
    {
        var register = new QueryRegister(10, TimeSpan.FromMinutes(1), _clock);
        using var cancellation = new CancellationTokenSource();
        Assert.Equal(Registration.New, register.Register("k", cancellation, Nothing).State);
        Assert.Equal(Registration.Running, register.Register("k", cancellation, Nothing).State);
        register.End("k", Reply(1));
        Assert.Equal(Registration.Running, register.Register("k", cancellation, Nothing).State); // the reply has not left yet
        Assert.Equal(2, register.Sent("k").Count);
        var (state, reply) = register.Register("k", cancellation, Nothing);
        Assert.Equal((Registration.Answered, "reply 1"), (state, reply!.Error!.Message));
    }

    [Fact]
    public void Register_AfterTheMemory_IsNewAgain()
    {
        var register = new QueryRegister(10, TimeSpan.FromMinutes(1), _clock);
        using var cancellation = new CancellationTokenSource();
        register.Register("k", cancellation, Nothing);
        register.End("k", Reply(1));
        register.Sent("k");
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Registration.New, register.Register("k", cancellation, Nothing).State);
    }

    [Fact]
    public void Register_ManyEnded_ForgetsTheOldestAndNeverARunningOne()
    {
        var register = new QueryRegister(3, TimeSpan.FromMinutes(1), _clock);
        using var cancellation = new CancellationTokenSource();
        register.Register("running", cancellation, Nothing);
        for (var i = 0; i < 100; i++)
        {
            register.Register($"k{i}", cancellation, Nothing);
            register.End($"k{i}", Reply(i));
            register.Sent($"k{i}");
        }
        Assert.Equal(Registration.Running, register.Register("running", cancellation, Nothing).State);
        Assert.Equal(Registration.New, register.Register("k0", cancellation, Nothing).State);
        Assert.Equal(Registration.Answered, register.Register("k99", cancellation, Nothing).State);
    }

    [Fact]
    public void Cancel_OnlyARunningQuery_IsCancelled()
    {
        var register = new QueryRegister(3, TimeSpan.FromMinutes(1), _clock);
        using var cancellation = new CancellationTokenSource();
        Assert.False(register.Cancel("k"));
        register.Register("k", cancellation, Nothing);
        Assert.True(register.Cancel("k"));
        Assert.True(cancellation.IsCancellationRequested);
        register.End("k", Reply(1));
        Assert.False(register.Cancel("k"));
    }

    private sealed class SilentSink : IReplySink
    {
        public Task PieceAsync(AnswerPiece piece) => Task.CompletedTask;

        public Task EndAsync(QueryReply reply) => Task.CompletedTask;

        public Task ReleaseAsync() => Task.CompletedTask;
    }
}
