namespace EdgeAgent.Evaluation.Suites;

/// <summary>Asks the items of a suite that have no kept output yet, several at a time.</summary>
internal static class SuiteRunner
{
    /// <param name="ask">Asks a student one item.</param>
    /// <param name="parallel">Items asked at a time, 1 or more.</param>
    /// <param name="progress">Gets how many items have an output, and how many there are.</param>
    public static async Task RunAsync(IReadOnlyList<SuiteTask> tasks, SuiteWork work,
        Func<SuiteTask, CancellationToken, Task<SuiteOutput>> ask, int parallel, Action<int, int>? progress,
        CancellationToken cancellationToken)
    {
        var known = work.Outputs;
        var left = tasks.Where(t => !known.ContainsKey(t.Id)).ToList();
        var done = tasks.Count - left.Count;
        await Parallel.ForEachAsync(left, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken },
            async (task, token) =>
            {
                work.Add(await ask(task, token).ConfigureAwait(false));
                progress?.Invoke(Interlocked.Increment(ref done), tasks.Count);
            }).ConfigureAwait(false);
    }
}
