using EdgeAgent.Tests.House;

namespace EdgeAgent.Tests.Docs;

/// <summary>The tables of the architecture page are the rules that <see cref="ArchitectureTests"/> holds.</summary>
public sealed class ArchitecturePageTests
{
    private static readonly MarkdownPage Page = MarkdownPage.Load("docs/understand/architecture.md");

    [Fact]
    public void FolderTable_IsWhatTheTestAllows() => Assert.Equal(Rules(ArchitectureTests.Allowed), Table("folder"));

    [Fact]
    public void LibraryTable_IsWhatTheTestAllows() => Assert.Equal(Rules(ArchitectureTests.Libraries), Table("library"));

    private static IEnumerable<string> Rules(Dictionary<string, string[]> rules) =>
        rules.Select(r => $"{r.Key}: {string.Join(", ", r.Value.Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal);

    /// <summary>The rows of the table whose first heading is this: the first cell, and the last one as a list.</summary>
    private static IEnumerable<string> Table(string heading) => Page.Prose.Split('\n')
        .SkipWhile(l => !l.StartsWith($"| {heading} |", StringComparison.Ordinal)).Skip(2).TakeWhile(l => l.StartsWith('|'))
        .Select(l => l.Trim('|').Split('|').Select(c => c.Trim()).ToList())
        .Select(c => $"{c[0].Trim('`')}: {string.Join(", ", c[^1].Split(", ").Order(StringComparer.Ordinal))}")
        .Order(StringComparer.Ordinal);
}
