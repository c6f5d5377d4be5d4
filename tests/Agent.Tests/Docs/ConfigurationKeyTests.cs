using System.Text.RegularExpressions;

namespace EdgeAgent.Tests.Docs;

/// <summary>Options that pages name, such as <c>Queries:DeadlineSeconds</c>, are in the configuration reference.</summary>
public sealed partial class ConfigurationKeyTests
{
    private const string Reference = "docs/reference/configuration.md";
    private static readonly HashSet<string> Known = [.. KeysOf(MarkdownPage.Load(Reference).Prose)];

    [Fact]
    public void Pages_NamedOptions_AreInTheReference()
    {
        var named = MarkdownPage.All().Where(p => p.Path is not ("CHANGELOG.md" or Reference))
            .SelectMany(p => p.CodeSpans.Where(s => Option.IsMatch(s)).Select(s => (p.Path, Key: s))).ToList();
        Assert.True(named.Count > 20, $"only {named.Count} options are named");
        Assert.All(named, n => Assert.True(Known.Contains(n.Key), $"{n.Path}: `{n.Key}`"));
    }

    /// <summary>The first cell of each row, behind the section that the last heading names.</summary>
    private static IEnumerable<string> KeysOf(string text)
    {
        var section = "";
        foreach (var line in text.Split('\n'))
            if (Heading.Match(line) is { Success: true } heading) section = heading.Groups["section"].Value;
            else if (Row.Match(line) is { Success: true } row) yield return $"{section}:{row.Groups["key"].Value}";
    }

    [GeneratedRegex(@"^[A-Z]\w+(:[A-Z]\w+)+$")]
    private static partial Regex Option { get; }

    [GeneratedRegex(@"^##+ .*?`?(?<section>[\w:]+)`?$")]
    private static partial Regex Heading { get; }

    [GeneratedRegex(@"^\| `(?<key>\w+)` \|")]
    private static partial Regex Row { get; }
}
