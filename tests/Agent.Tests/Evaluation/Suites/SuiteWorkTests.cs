using System.Text.Json.Nodes;
using EdgeAgent.Evaluation.Suites;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Tests.Evaluation.Suites;

/// <summary>The kept outputs: a killed run goes on, and another recipe is refused.</summary>
public sealed class SuiteWorkTests
{
    private static readonly SuiteTask[] Tasks =
        [.. Enumerable.Range(0, 8).Select(i => new SuiteTask($"{i}", [$"q{i}"], IsChat: true, new SamplingOptions()))];

    [Fact]
    public async Task Run_IsKilled_GoesOnWhereItEnded()
    {
        using var folder = new TemporaryDirectory();
        var asked = new List<string>();
        Task<SuiteOutput> Ask(SuiteTask task, CancellationToken _)
        {
            if (asked.Count == 3) throw new IOException("killed");
            asked.Add(task.Id);
            return Task.FromResult(new SuiteOutput(task.Id, [$"a\n{task.Id} 好"], 2, null));
        }
        using (var work = SuiteWork.Open(folder.Path, new JsonObject { ["suite"] = "t" }))
            await Assert.ThrowsAsync<IOException>(() => RunAsync(work, Ask));
        // a kill in the middle of a line
        await File.AppendAllTextAsync(folder.File(SuiteWork.OutputsName), "{\"id\":\"7\",\"outp", TestContext.Current.CancellationToken);
        asked.RemoveAt(0); // room for the rest: the first one must not be asked again
        var before = asked.ToList();
        asked.Clear();

        using (var work = SuiteWork.Open(folder.Path, new JsonObject { ["suite"] = "t" }))
        {
            Assert.Equal(3, work.Kept);
            await RunAsync(work, (task, _) =>
            {
                asked.Add(task.Id);
                return Task.FromResult(new SuiteOutput(task.Id, ["b"], 1, null));
            });
        }

        Assert.Equal(["3", "4", "5", "6", "7"], asked);
        Assert.DoesNotContain(before[0], asked);
        using var again = SuiteWork.Open(folder.Path, new JsonObject { ["suite"] = "t" });
        Assert.Equal(8, again.Kept);
        Assert.Equal("a\n0 好", again.Outputs["0"].Last);
        Assert.Equal("b", again.Outputs["7"].Last);
    }

    [Fact]
    public void Folder_HoldsAnotherRecipe_IsRefused()
    {
        using var folder = new TemporaryDirectory();
        using (SuiteWork.Open(folder.Path, new JsonObject { ["suite"] = "one" }))
        {
        }
        Assert.Contains("--fresh", Assert.Throws<FormatException>(() =>
            SuiteWork.Open(folder.Path, new JsonObject { ["suite"] = "two" })).Message, StringComparison.Ordinal);
    }

    private static Task RunAsync(SuiteWork work, Func<SuiteTask, CancellationToken, Task<SuiteOutput>> ask) =>
        SuiteRunner.RunAsync(Tasks, work, ask, parallel: 1, progress: null, TestContext.Current.CancellationToken);
}
