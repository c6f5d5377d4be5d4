using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Hosting;

namespace EdgeAgent.Tests.Bundles.Slots;

public sealed class SlotStoreTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private SlotStore Store() => new(_root.File("models"));

    private static string Put(SlotStore store, string slot, long release)
    {
        var bundled = Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent);
        Directory.CreateDirectory(store.PathOf(slot));
        (StudentManifest.Load(bundled) with { Release = release }).Save(store.PathOf(slot));
        File.WriteAllText(Path.Combine(store.PathOf(slot), Bundle.SignatureFileName), $"{{\"release\":{release}}}");
        return BundleId.Of(store.PathOf(slot))!;
    }

    public static TheoryData<string> Damages =>
        ["", "{}", "null", "garbage", """{"slot":"../x","bundle":"","release":1}""", "{\"slot\":\"a\""];

    [Theory]
    [MemberData(nameof(Damages))]
    public void Serving_DamagedPointer_IsFoundAgain(string content)
    {
        var store = Store();
        Put(store, "a", 3);
        var newer = Put(store, "b", 5);
        store.Promote(new ServingPointer("b", newer, 5));
        File.WriteAllText(Path.Combine(_root.File("models"), "serving.json"), content);
        Assert.Equal(new ServingPointer("b", newer, 5), store.Serving);
        Assert.Equal("a", store.FreeSlot);
    }

    [Fact]
    public void Serving_DamagedPointer_NeverTakesTheBundleOnTrialOrAQuarantinedOne()
    {
        var store = Store();
        var older = Put(store, "a", 3);
        var trial = Put(store, "b", 5);
        File.WriteAllText(Path.Combine(_root.File("models"), "serving.json"), "garbage");
        store.CountAttempt("b", trial, 5);
        Assert.Equal(older, store.Serving!.Bundle);
        store.EndTrial();
        store.Quarantine(trial);
        Assert.Equal(older, store.Serving!.Bundle);
        store.Quarantine(older);
        Assert.Null(store.Serving);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Trial_DamagedMarker_CountsAsNone(string content)
    {
        var store = Store();
        File.WriteAllText(Path.Combine(_root.File("models"), "trial.json"), content);
        Assert.Null(store.Trial);
        Assert.Equal(1, store.CountAttempt("a", "x", 1).Attempts);
        Assert.Equal("x", store.Trial!.Bundle);
    }

    [Fact]
    public void Promote_DirectoryInThePlaceOfThePointer_ReplacesIt()
    {
        var store = Store();
        Directory.CreateDirectory(Path.Combine(_root.File("models"), "serving.json", "inside"));
        Assert.Null(store.Serving);
        store.Promote(new ServingPointer("a", "x", 1));
        Assert.Equal("x", store.Serving!.Bundle);
    }

    [Fact]
    public void Constructor_DirectoryThatCannotBeMade_SaysWhyAndReads()
    {
        File.WriteAllText(_root.File("file"), "");
        var store = new SlotStore(Path.Combine(_root.File("file"), "models"));
        Assert.NotNull(store.Problem);
        Assert.Null(store.Serving);
        Assert.Empty(store.Installed);
    }
}
