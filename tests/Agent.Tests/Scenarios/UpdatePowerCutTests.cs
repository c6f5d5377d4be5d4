using System.Security.Cryptography;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Updates;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>The power goes after a durable write: the device serves, and the update goes on.</summary>
public sealed class UpdatePowerCutTests
{
    /// <summary>Power cuts, one after each durable write. N of N devices serve afterwards and finish.</summary>
    [Fact]
    public async Task Run_PowerCutAfterEveryDurableWrite_ServesAndFinishes()
    {
        var points = await CountPointsAsync();
        Assert.InRange(points, 60, 1000);
        var served = 0;
        for (var point = 1; point <= points; point++)
        {
            using var lab = new UpdateLab();
            // an update has gone before: the incumbent is in a slot
            var (first, firstId) = lab.Bundle("v2");
            Assert.Equal(UpdateState.Committed, (await lab.RunAsync("u0", first, firstId)).State);
            var (directory, id) = lab.Bundle("v3", release: 3, seed: 3);
            try
            {
                CutAfter(point);
                await lab.RunAsync("u1", directory, id);
                Assert.Fail($"point {point} was not reached");
            }
            catch (PowerCutException)
            {
                // as far as it got
            }
            finally
            {
                Durability.Observe(null);
            }
            lab.Reopen();
            lab.AssertServes();
            // the broker has the command still
            if (lab.Journal.Find("u1") is null) await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
            var end = await lab.ContinueAsync("u1");
            Assert.True(end.State == UpdateState.Committed, $"point {point}: {end.State} {end.Reason} {end.Detail}");
            Assert.Equal(id, lab.Slots.Serving!.Bundle);
            lab.AssertServes();
            served++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{served} of {points} points");
    }

    /// <summary>Two cuts in one update, at random points.</summary>
    [Fact]
    public async Task Run_TwoPowerCuts_ServesAndFinishes()
    {
        var points = await CountPointsAsync();
        var random = new Random(11);
        var rounds = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 30 : 1000;
        for (var round = 0; round < rounds; round++)
        {
            using var lab = new UpdateLab();
            var (directory, id) = lab.Bundle("v2");
            lab.Source = directory;
            for (var cut = 0; cut < 2; cut++)
            {
                try
                {
                    CutAfter(1 + random.Next(points));
                    if (lab.Journal.Find("u1") is null) await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
                    await lab.ContinueAsync("u1");
                }
                catch (PowerCutException)
                {
                    // again
                }
                finally
                {
                    Durability.Observe(null);
                }
                lab.Reopen();
                lab.AssertServes();
            }
            if (lab.Journal.Find("u1") is null) await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
            Assert.Equal(UpdateState.Committed, (await lab.ContinueAsync("u1")).State);
            lab.AssertServes();
        }
    }

    /// <summary>
    /// A power cut between the last chunk and the judgement of the release does not let an older release through: only student.json
    /// is new, so that its chunk is the last one.
    /// </summary>
    [Fact]
    public async Task Run_DowngradeAndPowerCutAfterEveryDurableWrite_IsRefused()
    {
        var isPastTheEnd = false;
        var point = 0;
        while (!isPastTheEnd)
        {
            point++;
            using var lab = new UpdateLab();
            var (first, firstId) = lab.Bundle("v5", release: 5);
            Assert.Equal(UpdateState.Committed, (await lab.RunAsync("u0", first, firstId)).State);
            var (directory, id) = lab.Bundle("v4", release: 4);
            try
            {
                CutAfter(point);
                await lab.RunAsync("u1", directory, id);
                isPastTheEnd = true; // the update ended before that point
            }
            catch (PowerCutException)
            {
                // as far as it got
            }
            finally
            {
                Durability.Observe(null);
            }
            lab.Reopen();
            if (lab.Journal.Find("u1") is null) await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
            var end = await lab.ContinueAsync("u1");
            Assert.Equal((point, UpdateState.Failed, UpdateReasons.Downgrade), (point, end.State, end.Reason));
            Assert.Equal(firstId, lab.Slots.Serving?.Bundle);
        }
        Assert.InRange(point, 8, 1000);
    }

    /// <summary>After a cut in the download at most one chunk is fetched again.</summary>
    [Fact]
    public async Task Run_CutInTheDownload_FetchesAtMostOneChunkAgain()
    {
        using var lab = new UpdateLab();
        var (directory, id) = lab.Bundle("v2",
            change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), RandomNumberGenerator.GetBytes(40 * UpdateLab.Shard)));
        var counted = new CountingSource(directory);
        lab.Sources = (_, _) => counted;
        try
        {
            CutAfter(60);
            await lab.RunAsync("u1", directory, id);
            Assert.Fail("not reached");
        }
        catch (PowerCutException)
        {
            // as far as it got
        }
        finally
        {
            Durability.Observe(null);
        }
        var before = counted.Given;
        lab.Reopen();
        Assert.Equal(UpdateState.Committed, (await lab.ContinueAsync("u1")).State);
        Assert.InRange(before, 5, 40);
        Assert.InRange(counted.Given, counted.Chunks, counted.Chunks + 1);
    }

    private static async Task<int> CountPointsAsync()
    {
        using var lab = new UpdateLab();
        var (first, firstId) = lab.Bundle("v2");
        await lab.RunAsync("u0", first, firstId);
        var (directory, id) = lab.Bundle("v3", release: 3, seed: 3);
        var points = 0;
        Durability.Observe(_ => points++);
        Assert.Equal(UpdateState.Committed, (await lab.RunAsync("u1", directory, id)).State);
        Durability.Observe(null);
        return points;
    }

    private static void CutAfter(int point)
    {
        var left = point;
        Durability.Observe(_ =>
        {
            if (--left == 0) throw new PowerCutException();
        });
    }

    private sealed class PowerCutException : Exception;
}
