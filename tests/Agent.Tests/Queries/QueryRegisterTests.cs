using EdgeAgent.Queries;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Queries;

public sealed class QueryRegisterTests
{
    private static readonly IReplySink Nothing = new SilentSink();
    private readonly FakeTimeProvider _clock = new();

    private static QueryIdentity Id(string key, string content = "") => new(key, content);

    private static QueryReply Reply(int n) => new QueryError(ErrorCodes.Unavailable, $"reply {n}");

    [Fact]
    public void Register_Twice_RunsOnceThenRepeatsTheReply()
    {
        var register = new QueryRegister(10, TimeSpan.FromMinutes(1), _clock);
        using var cancellation = new CancellationTokenSource();
        Assert.Equal(Registration.New, register.Register(Id("k"), cancellation, Nothing).State);
        Assert.Equal(Registration.Running, register.Register(Id("k"), cancellation, Nothing).State);
        register.End(Id("k"), Reply(1));
        Assert.Equal(Registration.Running, register.Register(Id("k"), cancellation, Nothing).State); // the reply has not left yet
        Assert.Equal(2, register.Sent(Id("k")).Count);
        var (state, reply) = register.Register(Id("k"), cancellation, Nothing);
        Assert.Equal((Registration.Answered, "reply 1"), (state, reply!.Error!.Message));
    }

    /// <summary>A terminal that counts from one again after a restart must never get the remedy of another alarm.</summary>
    [Fact]
    public void Register_KnownKeyWithOtherContent_IsANewQuery()
    {
        var register = new QueryRegister(10, TimeSpan.FromMinutes(1), _clock);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        register.Register(Id("k", "alarm 1"), first, Nothing);
        Assert.Equal(Registration.New, register.Register(Id("k", "alarm 2"), second, Nothing).State);
        Assert.True(register.Cancel("k")); // the latest
        Assert.Equal((false, true), (first.IsCancellationRequested, second.IsCancellationRequested));
        register.End(Id("k", "alarm 1"), Reply(1));
        register.Sent(Id("k", "alarm 1"));
        Assert.Equal("reply 1", register.Register(Id("k", "alarm 1"), first, Nothing).Reply!.Error!.Message);
        Assert.Equal(Registration.Running, register.Register(Id("k", "alarm 2"), second, Nothing).State);
    }

    [Fact]
    public void Register_ManyDuplicates_TheRestIsSurplus()
    {
        var register = new QueryRegister(10, TimeSpan.FromMinutes(1), _clock);
        using var cancellation = new CancellationTokenSource();
        var states = Enumerable.Range(0, 20).Select(_ => register.Register(Id("k"), cancellation, Nothing).State).ToList();
        Assert.Equal((1, 16, 3), (states.Count(s => s == Registration.New), states.Count(s => s == Registration.Running),
            states.Count(s => s == Registration.Surplus)));
        Assert.Equal(16, register.Sent(Id("k")).Count);
    }

    [Fact]
    public void Register_AfterTheMemory_IsNewAgain()
    {
        var register = new QueryRegister(10, TimeSpan.FromMinutes(1), _clock);
        using var cancellation = new CancellationTokenSource();
        register.Register(Id("k"), cancellation, Nothing);
        register.End(Id("k"), Reply(1));
        register.Sent(Id("k"));
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Registration.New, register.Register(Id("k"), cancellation, Nothing).State);
    }

    [Fact]
    public void Register_ManyEnded_ForgetsTheOldestAndNeverARunningOne()
    {
        var register = new QueryRegister(3, TimeSpan.FromMinutes(1), _clock);
        using var cancellation = new CancellationTokenSource();
        register.Register(Id("running"), cancellation, Nothing);
        for (var i = 0; i < 100; i++)
        {
            register.Register(Id($"k{i}"), cancellation, Nothing);
            register.End(Id($"k{i}"), Reply(i));
            register.Sent(Id($"k{i}"));
        }
        Assert.Equal(Registration.Running, register.Register(Id("running"), cancellation, Nothing).State);
        Assert.Equal(Registration.New, register.Register(Id("k0"), cancellation, Nothing).State);
        Assert.Equal(Registration.Answered, register.Register(Id("k99"), cancellation, Nothing).State);
    }

    [Fact]
    public void Cancel_OnlyARunningQuery_IsCancelled()
    {
        var register = new QueryRegister(3, TimeSpan.FromMinutes(1), _clock);
        using var cancellation = new CancellationTokenSource();
        Assert.False(register.Cancel("k"));
        register.Register(Id("k"), cancellation, Nothing);
        Assert.True(register.Cancel("k"));
        Assert.True(cancellation.IsCancellationRequested);
        register.End(Id("k"), Reply(1));
        Assert.False(register.Cancel("k"));
    }

    private sealed class SilentSink : IReplySink
    {
        public Task PieceAsync(AnswerPiece piece) => Task.CompletedTask;

        public Task EndAsync(QueryReply reply) => Task.CompletedTask;

        public Task ReleaseAsync() => Task.CompletedTask;
    }
}
