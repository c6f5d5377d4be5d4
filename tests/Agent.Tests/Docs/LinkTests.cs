using System.Text.RegularExpressions;

namespace EdgeAgent.Tests.Docs;

/// <summary>Links, anchors and paths in the documentation lead somewhere, and every page can be found.</summary>
public sealed class LinkTests
{
    private static readonly IReadOnlyList<MarkdownPage> Pages = MarkdownPage.All();

    [Fact]
    public void Links_RelativeTargets_Exist()
    {
        var missing = new List<string>();
        foreach (var page in Pages)
            foreach (var link in page.Links)
                if (page.Resolve(link) is var (path, anchor) && !IsThere(path, anchor)) missing.Add($"{page.Path}: {link}");
        Assert.True(missing.Count == 0, string.Join("\n", missing));
    }

    /// <summary>Paths in backticks, such as <c>agent/Thermal/Ladder.cs</c>, exist in the checkout.</summary>
    [Fact]
    public void CodeSpans_PathsOfTheRepository_Exist()
    {
        var missing = new List<string>();
        foreach (var page in Pages.Where(p => p.Path != "CHANGELOG.md"))
            foreach (var span in page.CodeSpans.Where(s => Regex.IsMatch(s, @"^(agent|tests|provisioning|native|docs)/[\w./-]+$")))
                if (!Path.Exists(MarkdownPage.FullPathOf(span))) missing.Add($"{page.Path}: {span}");
        Assert.True(missing.Count == 0, string.Join("\n", missing));
    }

    /// <summary>Tests that the documentation names as evidence exist.</summary>
    [Fact]
    public void Pages_NamedTests_Exist()
    {
        var tests = Directory.EnumerateFiles(MarkdownPage.FullPathOf("tests/Agent.Tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).ToHashSet();
        var missing = Pages.Where(p => p.Path != "CHANGELOG.md")
            .SelectMany(p => Regex.Matches(p.Text, @"\b[A-Z]\w+Tests\b").Select(m => (p.Path, m.Value)))
            .Where(n => !tests.Contains(n.Value)).Select(n => $"{n.Path}: {n.Value}").Distinct().ToList();
        Assert.True(missing.Count == 0, string.Join("\n", missing));
    }

    [Fact]
    public void Docs_EveryPage_IsReachableFromTheReadmeOrTheIndex()
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(["README.md", "docs/README.md"]);
        while (open.TryPop(out var path))
        {
            if (!found.Add(path)) continue;
            var page = MarkdownPage.Load(path);
            foreach (var link in page.Links)
                if (page.Resolve(link) is var (target, _) && target.EndsWith(".md", StringComparison.Ordinal)
                    && File.Exists(MarkdownPage.FullPathOf(target))) open.Push(target);
        }
        var lost = Pages.Select(p => p.Path).Where(p => p.StartsWith("docs/", StringComparison.Ordinal)).Except(found).ToList();
        Assert.True(lost.Count == 0, string.Join("\n", lost));
    }

    private static bool IsThere(string path, string anchor)
    {
        if (!Path.Exists(MarkdownPage.FullPathOf(path))) return false;
        return anchor.Length == 0
            || path.EndsWith(".md", StringComparison.Ordinal) && MarkdownPage.Load(path).Headings.Any(h => h.Anchor == anchor);
    }
}
