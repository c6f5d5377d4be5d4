using EdgeAgent.Answers;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Answers.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Tests.Answers.Storage;

public sealed class AnswerStoreTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    private static AnswerEntry Entry(string id, params string[] questions) =>
        new() { Id = id, Questions = questions, Answer = $"answer {id}" };

    private static AnswerEntry Learned(string id, string key, string model) =>
        new() { Id = id, Answer = $"answer {id}", Source = AnswerEntry.Learned, Key = key, Model = model };

    [Fact]
    public void Purge_ByModelAgeAndText_DeletesWhatFitsAll()
    {
        using var directory = new TemporaryDirectory();
        using (var store = AnswerStore.Open(directory.File("a/answers.db"), TimeProvider.System))
        {
            store.Put([Entry("a", "one"), Learned("b", "k1", "m1")], Now);
            store.Put([Entry("a", "one", "uno")], Now); // replaced
        }
        using var again = AnswerStore.Open(directory.File("a/answers.db"), TimeProvider.System);
        Assert.Equal(["one", "uno"], again.All().Single(e => e.Id == "a").Questions);
        Assert.Equal(0, again.Purge(new PurgeFilter("m2", null, null)));
        Assert.Equal(1, again.Purge(new PurgeFilter("m1", null, null)));
        Assert.Equal(0, again.Purge(new PurgeFilter(null, Now, null)));
        Assert.Equal(1, again.Purge(new PurgeFilter(null, Now.AddDays(1), "UNO")));
        Assert.Empty(again.All());
    }

    [Fact]
    public void Apply_Changes_AreSavedDeletedAndRefusedTogether()
    {
        using var directory = new TemporaryDirectory();
        using var store = AnswerStore.Open(directory.File("answers.db"), TimeProvider.System);
        store.Put([Learned("old", "k0", "m"), Entry("curated", "q")], Now);
        var changes = new LearnedChanges();
        changes.Save(Learned("new", "k1", "m"));
        changes.Delete("old");
        changes.Refuse("k0");
        store.Apply(changes, Now);
        Assert.Equal(["curated", "new"], store.All().Select(e => e.Id));
        Assert.Equal(["k0"], store.Refused());
    }

    /// <summary>
    /// A correction may have the id of the learned answer it corrects; what memory still wants of that one must not undo it.
    /// </summary>
    [Fact]
    public void Apply_ChangesOfAnIdThatIsCuratedNow_LeaveItAsItIs()
    {
        using var directory = new TemporaryDirectory();
        using var store = AnswerStore.Open(directory.File("answers.db"), TimeProvider.System);
        store.Put([Entry("a", "one"), Entry("b", "two")], Now);
        var changes = new LearnedChanges();
        changes.Save(Learned("a", "k1", "m"));
        changes.Delete("b");
        store.Apply(changes, Now);
        Assert.Equal([("a", AnswerEntry.Curated), ("b", AnswerEntry.Curated)], store.All().Select(e => (e.Id, e.Source)));
    }

    /// <summary>Rows that an earlier version let in must not stop every start; they can be purged by their id.</summary>
    [Theory]
    [InlineData("""{"id":"x","questions":[null],"answer":"y","source":"curated"}""")]
    [InlineData("""{"id":"x","questions":["q"],"answer":null,"source":"curated"}""")]
    [InlineData("""{"id":"x","questions":null,"answer":"y","source":"learned","key":"k"}""")]
    [InlineData("null")]
    [InlineData("nonsense")]
    public void All_UnusableRow_IsLeftOutAndCanBePurged(string body)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("answers.db");
        using (var store = AnswerStore.Open(path, TimeProvider.System)) store.Put([Entry("good", "question")], Now);
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO answers (id, source, created_at, body) VALUES ('x', 'curated', '2026', $body)";
            command.Parameters.AddWithValue("$body", body);
            command.ExecuteNonQuery();
        }
        using var again = AnswerStore.Open(path, TimeProvider.System);
        Assert.Equal(["good"], again.All().Select(e => e.Id));
        Assert.Equal(1, again.UnusableRows);
        Assert.Equal(1, again.Purge(new PurgeFilter(null, null, "x")));
        Assert.Single(again.All());
        Assert.Equal(0, again.UnusableRows);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    public void Open_DamagedDatabase_IsQuarantinedAndANewOneBegun(int at)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("answers.db");
        using (var store = AnswerStore.Open(path, TimeProvider.System))
            store.Put(Enumerable.Range(0, 300).Select(i => Entry($"e{i}", $"question {i} {new string('x', 100)}")),
                DateTimeOffset.UnixEpoch);
        foreach (var tail in new[] { "-wal", "-shm" }) File.Delete(path + tail);
        var bytes = File.ReadAllBytes(path);
        for (var i = at; i < Math.Min(at + 3000, bytes.Length); i++) bytes[i] = 0xff;
        File.WriteAllBytes(path, bytes);
        using var again = AnswerStore.Open(path, TimeProvider.System);
        Assert.NotNull(again.QuarantinedPath);
        Assert.True(File.Exists(again.QuarantinedPath));
        again.Put([Entry("new", "works")], DateTimeOffset.UnixEpoch);
        Assert.Single(again.All());
    }
}
