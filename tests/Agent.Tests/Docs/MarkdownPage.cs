using System.Text;
using System.Text.RegularExpressions;

namespace EdgeAgent.Tests.Docs;

/// <summary>A fenced block: its language, its code, and the comment right above it (empty without one).</summary>
internal sealed record CodeBlock(string Language, string Code, string Note);

/// <summary>One Markdown file of the repository. Paths are relative to the repository's root, with forward slashes.</summary>
internal sealed partial class MarkdownPage
{
    private MarkdownPage(string path)
    {
        (Path, Text) = (path, File.ReadAllText(FullPathOf(path)));
        Prose = Block.Replace(Text, "");
    }

    public string Path { get; }
    public string Text { get; }

    /// <summary>The text without its code blocks.</summary>
    public string Prose { get; }

    public IReadOnlyList<CodeBlock> Blocks =>
        [.. Block.Matches(Text).Select(m => new CodeBlock(m.Groups["language"].Value, m.Groups["code"].Value, m.Groups["note"].Value))];

    /// <summary>Targets of the links, without images; external ones too.</summary>
    public IReadOnlyList<string> Links => [.. Link.Matches(CodeSpan.Replace(Prose, "")).Select(m => m.Groups["target"].Value)];

    /// <summary>What stands in backticks.</summary>
    public IReadOnlyList<string> CodeSpans => [.. CodeSpan.Matches(Prose).Select(m => m.Value.Trim('`'))];

    /// <summary>Level, text and anchor of each heading. Anchors follow GitHub: lower case, no punctuation, hyphens for spaces.</summary>
    public IReadOnlyList<(int Level, string Text, string Anchor)> Headings =>
        [.. Heading.Matches(Prose)
            .Select(m => (m.Groups["level"].Length, m.Groups["text"].Value.Trim(), AnchorOf(m.Groups["text"].Value)))];

    public static MarkdownPage Load(string path) => new(path);

    public static string FullPathOf(string path) => System.IO.Path.Combine(SharedData.Repository, path);

    /// <summary>All Markdown files that belong to the repository, without those that are test data.</summary>
    public static IReadOnlyList<MarkdownPage> All() =>
        [.. Directory.EnumerateFiles(SharedData.Repository, "*.md", SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(SharedData.Repository, f).Replace('\\', '/'))
            .Where(f => f == "tests/data/README.md" || !f.StartsWith("tests/data/", StringComparison.Ordinal))
            .Where(f => !f.Split('/').Any(p => p is "bin" or "obj" or "node_modules" or "work" or "TestResults" || p.StartsWith('.')))
            .Order(StringComparer.Ordinal).Select(Load)];

    /// <summary>The page that a link of this page leads to, and the anchor on it; null for links to other places.</summary>
    public (string Path, string Anchor)? Resolve(string link)
    {
        if (link.Contains(':', StringComparison.Ordinal)) return null;
        var (file, anchor) = link.IndexOf('#', StringComparison.Ordinal) is var at and >= 0 ? (link[..at], link[(at + 1)..]) : (link, "");
        if (file.Length == 0) return (Path, anchor);
        var full = System.IO.Path.GetFullPath(System.IO.Path.Combine(FullPathOf(Path), "..", file));
        return (System.IO.Path.GetRelativePath(SharedData.Repository, full).Replace('\\', '/'), anchor);
    }

    private static string AnchorOf(string heading)
    {
        var anchor = new StringBuilder();
        foreach (var c in heading.Trim())
            if (char.IsLetterOrDigit(c) || c is '-' or '_') anchor.Append(char.ToLowerInvariant(c));
            else if (c == ' ') anchor.Append('-');
        return anchor.ToString();
    }

    [GeneratedRegex(@"(?:^<!-- (?<note>[^\n]*?) -->\n)?^```(?<language>\w*)\n(?<code>.*?)^```",
        RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block { get; }

    [GeneratedRegex(@"(?<!!)\[[^\]]*\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex CodeSpan { get; }

    [GeneratedRegex(@"^(?<level>#{1,6}) (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading { get; }
}
