using EdgeAgent.Lab;

namespace EdgeAgent.Tests.Lab;

public sealed class TeacherCacheTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string File => Path.Combine(_directory.Path, "teacher.cache");

    public void Dispose() => _directory.Dispose();

    private static TeacherToken[] Answer(int tokens, int seed) =>
        [.. Enumerable.Range(0, tokens).Select(i => new TeacherToken([(ushort)(i + seed), 2], [0.75f, 0.125f], 0.125f))];

    private TeacherCache Open(uint made = 7) => new(File, 2048, 2, 1.5, made);

    private static void AssertSame(TeacherToken[] expected, TeacherToken[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), p =>
        {
            Assert.Equal(p.First.Ids, p.Second.Ids);
            Assert.Equal(p.First.Probabilities, p.Second.Probabilities);
            Assert.Equal(p.First.Tail, p.Second.Tail);
        });
    }

    [Fact]
    public void Append_ThenOpenedAgain_GivesTheSame()
    {
        using (var cache = Open())
        {
            cache.Append(Answer(3, 10));
            cache.Append(Answer(1, 20));
        }
        using var again = Open();
        Assert.Equal(2, again.Count);
        AssertSame(Answer(1, 20), again.Read(1));
        AssertSame(Answer(3, 10), again.Read(0));
    }

    [Fact]
    public void Open_LastRecordIsCutOff_GoesOnBehindTheOneBefore()
    {
        using (var cache = Open())
        {
            cache.Append(Answer(3, 10));
            cache.Append(Answer(3, 20));
        }
        using (var file = new FileStream(File, FileMode.Open)) file.SetLength(file.Length - 5);
        using (var cache = Open())
        {
            Assert.Equal(1, cache.Count);
            cache.Append(Answer(2, 30));
        }
        using var again = Open();
        AssertSame(Answer(2, 30), again.Read(1));
    }

    [Fact]
    public void Open_MadeByAnotherTeacher_IsRefused()
    {
        Open(7).Dispose();
        var refused = Assert.Throws<InvalidDataException>(() => Open(8));
        Assert.Contains("another teacher", refused.Message, StringComparison.Ordinal);
    }
}
