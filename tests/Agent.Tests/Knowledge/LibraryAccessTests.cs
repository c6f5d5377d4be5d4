using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Grounding;

namespace EdgeAgent.Tests.Knowledge;

/// <summary>A document with a role is not there for who lacks it: neither its words nor how rare they are.</summary>
public sealed class LibraryAccessTests
{
    private static readonly KnowledgeOptions Options = new()
    {
        Roles = new Dictionary<string, IReadOnlyList<string>>
        {
            ["maintenance"] = ["hmi-1", "key:laptop"],
            ["safety"] = ["hmi-1"],
        }
    };

    private static Library Library(params (string Id, string[] Roles, string Text)[] documents) => new(
        [.. documents.Select(d => (new SourceDocument(d.Id, d.Id, "v", "en") { Roles = d.Roles },
            (IReadOnlyList<Passage>)[new Passage(d.Text, 1, "", 0)]))]);

    private static readonly Library Plant = Library(("open.md", [], "The guard door opens with button B4."),
        ("secret.md", ["maintenance"], "The service password of panel X9-100 is zebra."),
        ("safety.md", ["safety", "other"], "Lockout of valve V7 needs two people."));

    private static GroundedAnswer Ask(string question, string? reader)
    {
        var view = new LibraryAccess(Plant, Options.Roles).For(reader);
        return Grounder.Extract(question, Evidence.Judge(view.Find(question, 12), Options), Options);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("hmi-2")]
    [InlineData("maintenance")] // a role is no person
    public void For_ReaderWithoutTheRole_SeesNoWord(string? reader)
    {
        foreach (var question in new[] { "service password of panel X9-100", "X9-100", "zebra", "What is the service password?" })
        {
            var answer = Ask(question, reader);
            Assert.True(answer.IsRefusal, answer.Text);
            Assert.DoesNotContain("secret", answer.Text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("zebra", answer.Text, StringComparison.OrdinalIgnoreCase);
        }
        var view = new LibraryAccess(Plant, Options.Roles).For(reader);
        Assert.Equal(["open.md"], view.Documents.Select(d => d.Id));
        Assert.False(view.Has("zebra"));
        Assert.Null(view.Document("secret.md"));
        Assert.Contains("B4", Ask("How does the guard door open?", reader).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void For_ReaderWithTheRole_SeesItAndSharesNothingWithOthers()
    {
        Assert.Contains("zebra", Ask("service password of panel X9-100", "key:laptop").Text, StringComparison.Ordinal);
        Assert.True(Ask("lockout of valve V7", "key:laptop").IsRefusal);
        Assert.Contains("two people", Ask("lockout of valve V7", "hmi-1").Text, StringComparison.Ordinal);
        var access = new LibraryAccess(Plant, Options.Roles);
        string[] audiences = [access.For(null).Audience, access.For("key:laptop").Audience, access.For("hmi-1").Audience];
        Assert.Equal(3, audiences.Distinct().Count());
        Assert.Equal("", audiences[0]);
        Assert.All(new[] { null, "key:laptop", "hmi-1" }, r => Assert.Equal(access.Whole.Version, access.For(r).Version));
    }

    [Fact]
    public void For_NoDocumentWithARole_IsTheLibraryItself()
    {
        var open = Library(("open.md", [], "The guard door opens with button B4."));
        Assert.Same(open, new LibraryAccess(open, Options.Roles).For("hmi-1"));
    }
}
