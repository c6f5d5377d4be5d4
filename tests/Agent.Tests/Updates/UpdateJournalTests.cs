using EdgeAgent.Platform;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates;

public sealed class UpdateJournalTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Write_ManyRecords_IsCompactedAndKeepsTheNewest()
    {
        var path = _directory.File("journal");
        using (var journal = new UpdateJournal(path))
            for (var i = 0; i < 4000; i++)
                journal.Write(new UpdateRecord($"u{i}", new UpdateCommand { Bundle = new string('a', 64) },
                    UpdateState.Committed)
                { Detail = new string('x', 100) });
        Assert.InRange(new FileInfo(path).Length, 1, 2 << 20);
        using var again = new UpdateJournal(path);
        Assert.Equal("u3999", again.All[^1].Id);
        Assert.NotNull(again.Find("u3900"));
        Assert.Empty(again.Open);
    }

    /// <summary>A flood of commands waits for the disk once a batch, and a known id keeps what it was given for.</summary>
    [Fact]
    public void Add_ManyAtOnce_WaitsForTheDiskOnce()
    {
        UpdateRecord Record(string id, string bundle) => new(id, new UpdateCommand { Bundle = bundle }, UpdateState.Init);
        var waits = 0;
        using (var journal = new UpdateJournal(_directory.File("journal")))
        {
            EdgeAgent.Platform.Durability.Observe(what => waits += what == "append" ? 1 : 0);
            var added = journal.Add([.. Enumerable.Range(0, 200).Select(i => Record($"u{i % 100}", $"b{i}"))]);
            EdgeAgent.Platform.Durability.Observe(null);
            Assert.Equal((200, 1), (added.Count, waits));
            Assert.Equal("b7", added[107].Command.Bundle);
        }
        using var again = new UpdateJournal(_directory.File("journal"));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => ($"u{i}", $"b{i}")), again.All.Select(r => (r.Id, r.Command.Bundle)));
    }

    /// <summary>A withdrawal and a step's transition come at the same time: neither loses the other.</summary>
    [Fact]
    public void Write_AfterAWithdrawal_KeepsIt()
    {
        using var journal = new UpdateJournal(_directory.File("journal"));
        var record = journal.Add(new UpdateRecord("u1", new UpdateCommand { Bundle = "b" }, UpdateState.Init))[0];
        Assert.True(journal.Withdraw("u1"));
        Assert.False(journal.Withdraw("u1"));
        Assert.Equal((UpdateState.Scheduled, true),
            journal.Write(record with { State = UpdateState.Scheduled }) is var written ? (written.State, written.IsWithdrawn) : default);
        Assert.Equal(journal.Find("u1"), journal.Add(record)[0]); // a command that is delivered again changes nothing
        Assert.False(journal.Withdraw("u2"));
    }

    /// <summary>A disk without room for a copy of the journal does not refuse the record that made it too long.</summary>
    [Fact]
    public void Write_CompactionFails_KeepsTheRecord()
    {
        var path = _directory.File("journal");
        var detail = new string('x', 600_000);
        using (var journal = new UpdateJournal(path))
        {
            journal.Write(Committed("u1", detail));
            Durability.Observe(point => _ = point == "append" ? 0 : throw new IOException("No space left on device"));
            try
            {
                journal.Write(Committed("u2", detail));
            }
            finally
            {
                Durability.Observe(null);
            }
            journal.Write(Committed("u3", "")); // and compacts then
        }
        using var again = new UpdateJournal(path);
        Assert.Equal(["u1", "u2", "u3"], again.All.Select(r => r.Id));
    }

    private static UpdateRecord Committed(string id, string detail) =>
        new(id, new UpdateCommand { Bundle = "b" }, UpdateState.Committed) { Detail = detail };
}
