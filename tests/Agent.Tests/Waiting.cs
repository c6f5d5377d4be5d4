namespace EdgeAgent.Tests;

/// <summary>Waits for what must come to pass, however slow the machine is.</summary>
internal static class Waiting
{
    /// <summary>Far above what any wait takes: only a broken promise runs into it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static async Task ForAsync(Func<bool> condition)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !condition() && TimeProvider.System.GetElapsedTime(start) < Limit;)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        Assert.True(condition());
    }
}
