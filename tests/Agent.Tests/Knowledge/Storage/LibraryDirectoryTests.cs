using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;

namespace EdgeAgent.Tests.Knowledge.Storage;

public sealed class LibraryDirectoryTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 0, 0, 0, TimeSpan.Zero);
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private static DocumentText Text(string text) => new("Lathe", 1, [new Block(BlockKind.Heading, "Torques", 1) { Level = 1 },
        new Block(BlockKind.Text, text, 1)], [new ReadingProblem(2, "scanned")]);

    [Fact]
    public void Add_ThenLoad_FindsWhatWasAdded()
    {
        var directory = new LibraryDirectory(_root.Path);
        using (directory.Lock()) directory.Add("lathe.pdf", [1, 2], Text("M8 bolts take 25 Nm."), Now);
        var library = Library.Load(_root.Path);
        var found = Assert.Single(library.Find("M8 torque", 5));
        Assert.Equal(("lathe.pdf", "Lathe", 1, "Torques", "M8 bolts take 25 Nm."),
            (found.Document.Id, found.Document.Title, found.Passage.Page, found.Passage.Section, found.Passage.Text));
        Assert.Equal("scanned", Assert.Single(directory.ReadManifest().Documents[0].Problems).Problem);
    }

    [Fact]
    public void Add_SameName_ReplacesTheDocumentItsFileAndTheVersion()
    {
        var directory = new LibraryDirectory(_root.Path);
        var first = directory.Add("lathe.pdf", [1], Text("M8 bolts take 25 Nm."), Now);
        var before = Library.Load(_root.Path).Version;
        var second = directory.Add("lathe.pdf", [2], Text("M8 bolts take 30 Nm."), Now);
        Assert.NotEqual(first.Version, second.Version);
        var library = Library.Load(_root.Path);
        Assert.NotEqual(before, library.Version);
        Assert.Contains("30 Nm", Assert.Single(library.Find("M8", 5)).Passage.Text, StringComparison.Ordinal);
        Assert.Equal(second.Parts.Select(p => p.File),
            Directory.GetFiles(_root.File(LibraryDirectory.DocumentsName)).Select(Path.GetFileName));
    }

    [Fact]
    public void Remove_Document_IsGoneAndUnknownOnesAreSaid()
    {
        var directory = new LibraryDirectory(_root.Path);
        directory.Add("lathe.pdf", [1], Text("M8"), Now);
        Assert.False(directory.Remove("other.pdf", Now));
        Assert.True(directory.Remove("lathe.pdf", Now));
        Assert.Equal(0, Library.Load(_root.Path).Passages);
    }

    [Fact]
    public void Load_DamagedDocument_LeavesItOutAndNamesIt()
    {
        var directory = new LibraryDirectory(_root.Path);
        directory.Add("good.md", [1], Text("M8 bolts"), Now);
        var bad = directory.Add("bad.md", [2], Text("M10 bolts"), Now);
        var file = Path.Combine(_root.File(LibraryDirectory.DocumentsName), bad.Parts[0].File);
        var bytes = File.ReadAllBytes(file);
        bytes[10] ^= 1;
        File.WriteAllBytes(file, bytes);
        var library = Library.Load(_root.Path);
        Assert.Equal(["good.md"], library.Documents.Select(d => d.Id));
        Assert.Contains("bad.md", Assert.Single(library.Damaged), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"format\":3,\"documents\":[]}")]
    [InlineData("{\"format\":2}")]
    [InlineData("{\"format\":2,\"documents\":[{\"id\":\"a\"}]}")]
    [InlineData("{\"format\":2,\"documents\":[{\"id\":\"a\",\"title\":\"a\",\"version\":\"v\",\"language\":\"en\",\"pages\":0,"
        + "\"passages\":0,\"parts\":[{\"file\":\"../../etc/passwd\",\"start\":0,\"page\":0}]}]}")]
    public void Load_DamagedOrHostileManifest_IsRefused(string manifest)
    {
        File.WriteAllText(_root.File(LibraryDirectory.ManifestName), manifest);
        Assert.Throws<LibraryException>(() => Library.Load(_root.Path));
    }

    [Fact]
    public void Load_NoLibrary_SaysHowToMakeOne() =>
        Assert.Contains("docs add", Assert.Throws<LibraryException>(() => Library.Load(_root.Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void Add_ProblemOfTheWholeDocument_IsKept()
    {
        var directory = new LibraryDirectory(_root.Path);
        directory.Add("a.md", [1], Text("M8") with { Problems = [new ReadingProblem(null, "damaged")] }, Now);
        Assert.Equal([new ReadingProblem(null, "damaged")], directory.ReadManifest().Documents[0].Problems);
    }

    [Fact]
    public void Add_EveryChange_RaisesTheReleaseAndEndsTheSignature()
    {
        var directory = new LibraryDirectory(_root.Path);
        directory.Add("a.md", [1], Text("M8"), Now);
        Assert.Equal(Now.ToUnixTimeSeconds(), directory.ReadManifest().Release);
        File.WriteAllText(_root.File(LibraryDirectory.SignatureName), "of what was");
        directory.Add("a.md", [2], Text("M8"), Now); // within the same second
        Assert.Equal(Now.ToUnixTimeSeconds() + 1, directory.ReadManifest().Release);
        Assert.False(File.Exists(_root.File(LibraryDirectory.SignatureName)));
    }

    [Fact]
    public void Lock_SecondWriter_IsRefused()
    {
        var directory = new LibraryDirectory(_root.Path);
        using var first = directory.Lock();
        Assert.Throws<LibraryException>(directory.Lock);
    }
}
