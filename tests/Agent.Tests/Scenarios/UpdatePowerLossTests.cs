using System.Security.Cryptography;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Updates;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// Power cuts with a volatile disk cache, from a log of every block write and flush: images of what the disk may hold after a cut
/// at each flush, with any half of the writes under way behind it. Every image must mount, serve a whole student, know every
/// update it has reported as committed, and finish the updates. Without fsync the same must be seen failing. 40 images of each;
/// 600 with EDGE_AGENT_FULL.
/// </summary>
public sealed class UpdatePowerLossTests
{
    private static readonly int Wanted = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 40 : 600;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Update_PowerCutLosesUnsyncedWrites_ServesAndFinishes(bool syncs)
    {
        Assert.SkipWhen(BlockDisk.Missing is not null, BlockDisk.Missing ?? "");
        var cancellation = TestContext.Current.CancellationToken;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var source = new UpdateLab(key);
        string[] ids = ["u1", "u2", "u3"];
        var bundles = ids.Select((_, i) => source.Bundle($"v{i + 2}", release: i + 2, seed: i + 1)).ToArray();
        await using var disk = await BlockDisk.StartAsync();
        var root = Path.Combine(disk.Mount, "state");
        var committedAt = new int[ids.Length];
        Directory.CreateDirectory(root);
        int begun;
        using (var lab = new UpdateLab(key, root))
        {
            await BlockDisk.SyncAsync();
            begun = disk.Entries;
            Durability.Pretend(!syncs);
            for (var i = 0; i < ids.Length; i++)
            {
                Assert.Equal(UpdateState.Committed, (await lab.RunAsync(ids[i], bundles[i].Directory, bundles[i].Id)).State);
                committedAt[i] = disk.Entries; // it has been reported
            }
            Durability.Pretend(false);
        }
        if (!syncs) await BlockDisk.SyncAsync(); // what was never synced is written some time, in the kernel's order
        var ended = disk.Entries;
        await disk.StopAsync();
        var failures = new List<string>();
        // an image without any write of the updates is no test of them
        var made = await disk.ImagesAsync(begun, ended, Wanted, seed: 12, async (folder, sure, number) =>
        {
            try
            {
                using var lab = new UpdateLab(key, Path.Combine(folder, "state"));
                await using var runner = lab.Runner;
                lab.AssertServes();
                for (var i = 0; i < ids.Length; i++)
                    if (committedAt[i] <= sure || !syncs && i == 0) Assert.Equal(UpdateState.Committed, lab.Journal.Find(ids[i])?.State);
                lab.Source = bundles[^1].Directory;
                // the broker has the commands still
                for (var i = 0; i < ids.Length; i++)
                {
                    if (lab.Journal.Find(ids[i]) is { IsOver: true }) continue;
                    lab.Source = bundles[i].Directory;
                    await lab.Runner.CommandAsync(ids[i], new UpdateCommand { Bundle = bundles[i].Id });
                    await lab.ContinueAsync(ids[i]);
                }
                Assert.Equal(bundles[^1].Id, lab.Slots.Serving?.Bundle);
                lab.AssertServes();
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                failures.Add($"image {number}, after entry {sure}: {e.GetType().Name} {e.Message}");
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{(syncs ? "with" : "without")} fsync: {made - failures.Count} of {made} images of {ended - begun} writes serve and " +
            $"finish{(failures.Count > 0 ? $"; first failure: {failures[0]}" : "")}");
        if (syncs) Assert.Empty(failures);
        else Assert.NotEmpty(failures);
    }
}
