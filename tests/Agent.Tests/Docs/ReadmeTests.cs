using System.Text.RegularExpressions;

namespace EdgeAgent.Tests.Docs;

/// <summary>The front page stays short, its scripts can be run, and its Chinese twin says the same.</summary>
public sealed partial class ReadmeTests
{
    private const int MaxLines = 150;
    private static readonly MarkdownPage English = MarkdownPage.Load("README.md"), Chinese = MarkdownPage.Load("README.zh-CN.md");

    [Fact]
    public void Readme_Length_IsAtMost150Lines() => Assert.InRange(English.Text.TrimEnd().Split('\n').Length, 1, MaxLines);

    [Theory]
    [InlineData("tests/run")]
    [InlineData("build-arm64.sh")]
    [InlineData("tests/e2e/arm64-demo.sh")]
    [InlineData(".ci/run")]
    public void Readme_Scripts_AreExecutable(string script) =>
        Assert.True(OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(MarkdownPage.FullPathOf(script)) & UnixFileMode.UserExecute) != 0);

    [Fact]
    public void ChineseReadme_Blocks_AreTheEnglishOnes() =>
        Assert.Equal(English.Blocks.Select(WithoutComments), Chinese.Blocks.Select(WithoutComments));

    [Fact]
    public void ChineseReadme_Structure_IsTheEnglishOne()
    {
        Assert.Equal(English.Headings.Select(h => h.Level), Chinese.Headings.Select(h => h.Level));
        Assert.Equal(LinkTargets(English), LinkTargets(Chinese));
        Assert.Equal(Rows(English), Rows(Chinese));
    }

    [Fact]
    public void ChineseReadme_Headings_AreTranslated() =>
        Assert.All(Chinese.Headings.Where(h => h.Level > 1), h => Assert.Matches(@"\p{IsCJKUnifiedIdeographs}", h.Text));

    /// <summary>Comments behind commands are translated.</summary>
    private static CodeBlock WithoutComments(CodeBlock block) => block with { Code = TrailingComment.Replace(block.Code, "") };

    /// <summary>All but the links to each other, in their order.</summary>
    private static IEnumerable<string> LinkTargets(MarkdownPage page) =>
        page.Links.Where(l => !l.StartsWith("README", StringComparison.Ordinal));

    private static int Rows(MarkdownPage page) => page.Prose.Split('\n').Count(l => l.StartsWith('|'));

    [GeneratedRegex(@"[ \t]+# .*$", RegexOptions.Multiline)]
    private static partial Regex TrailingComment { get; }
}
