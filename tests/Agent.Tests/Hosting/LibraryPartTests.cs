using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Hosting.Modules;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Hosting;

/// <summary>The service takes up a changed library, and keeps the old one where the new one is damaged.</summary>
public sealed class LibraryPartTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly TemporaryDirectory _root = new();
    private readonly FakeTimeProvider _clock = new();

    public void Dispose() => _root.Dispose();

    private void Add(string id, string text)
    {
        var document = new DocumentText(null, 0, [new Block(BlockKind.Text, text, null)], []);
        new LibraryDirectory(_root.Path).Add(id, [1], document, _clock.GetUtcNow());
        // the file system's clock may stand still between two writes of a quick test
        File.SetLastWriteTimeUtc(_root.File(LibraryDirectory.ManifestName), new DateTime(2026, 1, 1).AddSeconds(text.Length));
    }

    [Fact]
    public async Task Library_ChangedOnDisk_IsTakenUpWhileItServes()
    {
        Add("a.md", "pump");
        var manuals = new Optional<Manuals>(new Manuals(new KnowledgeOptions()));
        await using var part = Part(manuals);
        await part.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, manuals.Value!.Library!.Passages);
        Add("b.md", "another pump");
        _clock.Advance(Interval);
        Assert.Equal(2, manuals.Value.Library.Passages);
        Assert.Equal(HealthSeverity.Good, new LibraryCheck(manuals).Check().Severity);

        File.WriteAllText(_root.File(LibraryDirectory.ManifestName), "{");
        _clock.Advance(Interval);
        Assert.Equal(2, manuals.Value.Library.Passages);
        Assert.Contains("docs add", manuals.Value.Failure!, StringComparison.Ordinal);
        Assert.Equal(HealthSeverity.Warning, new LibraryCheck(manuals).Check().Severity);
    }

    [Fact]
    public async Task Library_Missing_ServesAndTheHealthCheckSaysWhatToDo()
    {
        var manuals = new Optional<Manuals>(new Manuals(new KnowledgeOptions()));
        await using var part = Part(manuals);
        await part.StartAsync(TestContext.Current.CancellationToken);
        var finding = new LibraryCheck(manuals).Check();
        Assert.Equal(HealthSeverity.Failure, finding.Severity);
        Assert.Contains("docs add", finding.Remedy!, StringComparison.Ordinal);
        Add("a.md", "pump");
        _clock.Advance(Interval);
        Assert.Equal(1, manuals.Value!.Library!.Passages);
    }

    [Fact]
    public async Task Library_NoneConfigured_NothingIsLoadedAndNothingIsWrong()
    {
        var manuals = new Optional<Manuals>(null);
        await using var part = Part(manuals);
        await part.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HealthSeverity.Good, new LibraryCheck(manuals).Check().Severity);
    }

    private LibraryPart Part(Optional<Manuals> manuals) => new(manuals, new LibrarySlots(null),
        new AgentSettings { Knowledge = new KnowledgeOptions { Library = _root.Path } }, _clock, NullLogger<LibraryPart>.Instance);
}
