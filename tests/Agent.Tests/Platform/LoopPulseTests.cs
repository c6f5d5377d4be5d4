using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class LoopPulseTests
{
    /// <summary>An idle loop shows that it lives each time it is asked, and not by itself.</summary>
    [Fact]
    public async Task Wait_Asked_GoesRoundOnceForEachQuestion()
    {
        var (pulse, work) = (new LoopPulse(), new TaskCompletionSource());
        var waiting = pulse.WaitAsync(work.Task);
        var rounds = pulse.Rounds;
        for (var question = 1; question <= 5; question++)
        {
            pulse.Ask();
            await Waiting.ForAsync(() => pulse.Rounds == rounds + question);
        }
        Assert.False(waiting.IsCompleted);
        work.SetResult();
        await waiting;
        Assert.Equal(rounds + 5, pulse.Rounds);
    }

    [Fact]
    public async Task Wait_WorkFails_ThrowsItsException()
    {
        var pulse = new LoopPulse();
        await Assert.ThrowsAsync<IOException>(() => pulse.WaitAsync(Task.FromException(new IOException("gone"))));
        Assert.Equal(7, await pulse.WaitAsync(Task.FromResult(7)));
    }

    /// <summary>A round that may take long says so; the next wait takes it back.</summary>
    [Fact]
    public async Task Begin_Allowance_HoldsUntilTheNextWait()
    {
        var pulse = new LoopPulse();
        pulse.Begin(TimeSpan.FromMinutes(10));
        pulse.Beat();
        Assert.Equal((TimeSpan.FromMinutes(10), 2), (pulse.Allowance, pulse.Rounds));
        await pulse.WaitAsync(Task.CompletedTask);
        Assert.Equal(TimeSpan.Zero, pulse.Allowance);
    }

    /// <summary>A question that comes while the loop works is answered when it next waits.</summary>
    [Fact]
    public async Task Ask_BeforeTheWait_IsNotLost()
    {
        var (pulse, work) = (new LoopPulse(), new TaskCompletionSource());
        pulse.Ask();
        var waiting = pulse.WaitAsync(work.Task);
        await Waiting.ForAsync(() => pulse.Rounds == 2);
        work.SetResult();
        await waiting;
    }
}
