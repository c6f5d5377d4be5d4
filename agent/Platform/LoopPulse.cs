namespace EdgeAgent.Platform;

/// <summary>
/// A loop's sign of life. The loop counts its rounds here, and where it has nothing to do it waits through the pulse. Whoever watches
/// it asks for a round and looks later whether the count has moved: a loop that only waits shows that it can still go round. Safe for
/// concurrent use.
/// </summary>
public sealed class LoopPulse
{
    private long _rounds, _allowanceTicks;
    private TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Rounds since the start; grows while the loop lives.</summary>
    public long Rounds => Interlocked.Read(ref _rounds);

    /// <summary>What the present round may take beyond what the watch allows to every loop.</summary>
    public TimeSpan Allowance => TimeSpan.FromTicks(Interlocked.Read(ref _allowanceTicks));

    /// <summary>The loop has got on.</summary>
    public void Beat() => Interlocked.Increment(ref _rounds);

    /// <summary>A round begins whose length has a bound of its own, such as a timeout or a delay.</summary>
    /// <param name="allowance">That bound.</param>
    public void Begin(TimeSpan allowance)
    {
        Interlocked.Exchange(ref _allowanceTicks, allowance.Ticks);
        Beat();
    }

    /// <summary>Makes the loop go round once, where it waits.</summary>
    public void Ask() => Volatile.Read(ref _asked).TrySetResult();

    /// <summary>The loop waits for something that may never come, and goes round whenever it is asked.</summary>
    /// <param name="work">Its exception is the caller's.</param>
    public async Task WaitAsync(Task work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Begin(TimeSpan.Zero);
        for (var asked = Volatile.Read(ref _asked);
            await Task.WhenAny(work, asked.Task).ConfigureAwait(false) != work;
            asked = Volatile.Read(ref _asked))
        {
            Interlocked.CompareExchange(ref _asked, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), asked);
            Beat();
        }
        await work.ConfigureAwait(false);
    }

    /// <inheritdoc cref="WaitAsync(Task)"/>
    public async Task<T> WaitAsync<T>(Task<T> work)
    {
        await WaitAsync((Task)work).ConfigureAwait(false);
        return await work.ConfigureAwait(false);
    }
}
