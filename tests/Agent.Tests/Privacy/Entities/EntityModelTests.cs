using EdgeAgent.Privacy.Entities;

namespace EdgeAgent.Tests.Privacy.Entities;

public sealed class EntityModelTests
{
    [Fact]
    public void Load_BrokenModel_IsNamed()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory.File("x"), [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Contains("expected an entity model",
            Assert.Throws<InvalidDataException>(() => EntityModel.Load(directory.File("x"))).Message, StringComparison.Ordinal);
        var whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", "entities", EntityModel.AlphabetFile));
        File.WriteAllBytes(directory.File("x"), whole[..(whole.Length / 2)]);
        Assert.Throws<InvalidDataException>(() => EntityModel.Load(directory.File("x")));
    }
}
