using EdgeAgent.Fleet;

namespace EdgeAgent.Tests.Fleet;

public sealed class DeviceNamesTests
{
    [Theory]
    [InlineData("edge-01", "edge-1")]
    [InlineData("Press2", "press-2")]
    [InlineData("egde-1", "edge-1")]
    public void Problem_UnknownName_NamesTheNearest(string name, string nearest)
    {
        var problem = DeviceNames.Problem(["press-2", name], ["edge-1", "lathe-7", "press-2"], "local")!;
        Assert.Contains($"no device '{name}'", problem, StringComparison.Ordinal);
        Assert.Contains($"the nearest is '{nearest}'", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Problem_KnownNames_IsNone() => Assert.Null(DeviceNames.Problem(["a", "b"], ["b", "a"], "local"));

    [Fact]
    public void Problem_EmptySite_AsksForTheSite() =>
        Assert.Contains("Is --site right?", DeviceNames.Problem(["a"], [], "lokal")!, StringComparison.Ordinal);
}
