using EdgeAgent.Fuzz;

namespace EdgeAgent.Tests.Fuzz;

/// <summary>
/// Replays what tests/e2e/fuzz.sh began with and what it found (tests/data/fuzz): each input that once broke a parser stays refused.
/// </summary>
public sealed class FuzzFindingsTests
{
    private const long MaxSeedBytes = 200_000;

    public static TheoryData<string, string> Inputs => Files("*");

    public static TheoryData<string, string> SeedFiles => Files("seeds");

    [Theory]
    [MemberData(nameof(Inputs))]
    public async Task Input_IsParsedOrRefusedAsDocumented(string target, string file)
    {
        var run = Task.Run(() => Named(target).Run(Read(target, file)), TestContext.Current.CancellationToken);
        await run.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
    }

    /// <summary>A seed that is refused at its first byte would lead a fuzzer nowhere.</summary>
    [Theory]
    [MemberData(nameof(SeedFiles))]
    public void Seed_IsAccepted(string target, string file) => Assert.True(Named(target).Run(Read(target, file)));

    [Fact]
    public void Seeds_EveryTargetHasSomeAndTheyAreSmall()
    {
        Assert.Equal(FuzzTarget.All.Select(t => t.Name).Order(), SeedFiles.Select(s => s.Data.Item1).Distinct().Order());
        Assert.InRange(SeedFiles.Sum(s => new FileInfo(PathOf(s.Data.Item1, s.Data.Item2)).Length), 1, MaxSeedBytes);
    }

    [Fact]
    public void Run_MoreThanTheAllowedBytes_IsAFinding()
    {
        const int piece = 1 << 28;
        var target = new FuzzTarget("greedy", input =>
        {
            for (var left = FuzzTarget.MaxAllocatedBytes + 1; left > 0; left -= piece) GC.AllocateUninitializedArray<byte>(piece);
            return input.Length > 0;
        });
        Assert.Throws<FuzzFindingException>(() => target.Run([1]));
    }

    private static FuzzTarget Named(string name) => FuzzTarget.All.Single(t => t.Name == name);

    private static TheoryData<string, string> Files(string folder)
    {
        var files = new TheoryData<string, string>();
        foreach (var target in FuzzTarget.All)
            foreach (var directory in Directory.GetDirectories(PathOf(target.Name, ""), folder).Order(StringComparer.Ordinal))
                foreach (var file in Directory.GetFiles(directory).Order(StringComparer.Ordinal))
                    files.Add(target.Name, Path.GetRelativePath(PathOf(target.Name, ""), file));
        return files;
    }

    private static byte[] Read(string target, string file) => File.ReadAllBytes(PathOf(target, file));

    private static string PathOf(string target, string file) =>
        Path.Combine(SharedData.Repository, "tests", "data", "fuzz", target, file);
}
