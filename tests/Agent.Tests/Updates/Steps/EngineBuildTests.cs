using EdgeAgent.Serving;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates.Steps;

/// <summary>Staging has a bundle's engines built before it is measured; what the builder says is what the fleet manager reads.</summary>
public sealed class EngineBuildTests
{
    private sealed class Builder(EngineBuild build) : IEngineBuilder
    {
        public List<string> Asked { get; } = [];

        /// <summary>Reads the loop's rounds.</summary>
        public Func<long> Rounds { get; set; } = () => 0;

        /// <summary>Rounds that one line of progress counts as.</summary>
        public long Beats { get; private set; }

        public Task<EngineBuild> BuildAsync(string directory, Action<string> progress, CancellationToken cancellationToken)
        {
            Asked.Add(directory);
            var before = Rounds();
            progress("decode engine (15 s, 900 MB)");
            Beats = Rounds() - before;
            return Task.FromResult(build);
        }
    }

    private static async Task<(UpdateRecord End, UpdateLab Lab, Builder Builder)> RunAsync(EngineBuild build)
    {
        var builder = new Builder(build);
        var lab = new UpdateLab { Engines = builder, Options = new UpdateOptions { SpaceMarginBytes = 0, TrialQueries = 0 } };
        lab.Reopen();
        builder.Rounds = () => lab.Pulse.Rounds;
        var (directory, id) = lab.Bundle("next");
        return (await lab.RunAsync("u1", directory, id), lab, builder);
    }

    [Fact]
    public async Task Stage_BuilderRefuses_EndsAsEngineBuildFailedWithItsWords()
    {
        const string words = "int4: Error Code 10: no implementation; fp16: out of memory";
        var (end, lab, _) = await RunAsync(new EngineBuild(false, words));
        using (lab)
        {
            Assert.Equal((UpdateState.Failed, UpdateReasons.EngineBuildFailed, words), (end.State, end.Reason, end.Detail));
            Assert.Equal(0, lab.Host.Starts); // the incumbent serves, and no trial began
            lab.AssertServes();
            Assert.Contains(lab.View.Shown, r => r.Detail == "building engines: decode engine (15 s, 900 MB)");
        }
    }

    [Fact]
    public async Task Stage_Built_GoesOnToTheTrial()
    {
        var (end, lab, builder) = await RunAsync(new EngineBuild(true, null));
        using (lab)
        {
            Assert.Equal((UpdateState.Committed, null), (end.State, end.Reason));
            Assert.Equal(lab.Host.ServingDirectory, Assert.Single(builder.Asked));
            Assert.Equal(1, builder.Beats); // the watchdog sees that a long build gets on
        }
    }
}
