using System.IO.Compression;
using System.Text.RegularExpressions;
using EdgeAgent.Endpoints.Pages;

namespace EdgeAgent.Tests.Endpoints.Pages;

/// <summary>What the build made of agent/Pages. Skipped where it could not build them.</summary>
public sealed partial class BuiltPagesTests
{
    /// <summary>Of all files that one page loads, compressed.</summary>
    private const int MaxPageBytes = 150 << 10;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, PageFiles.Folder);

    public BuiltPagesTests()
    {
        if (!File.Exists(Path.Combine(Folder, "index.html")))
            Assert.Skip("the pages were not built: npm or its registry is missing");
    }

    public static TheoryData<string> Pages =>
        Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder, "*.html").Select(f => Path.GetFileName(f)!)] : ["index.html"];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_WithAllItLoads_IsLight(string page)
    {
        var html = File.ReadAllText(Path.Combine(Folder, page));
        var loaded = Loaded().Matches(html).Select(m => m.Groups[1].Value).ToList();
        Assert.Contains(loaded, l => l.EndsWith(".js", StringComparison.Ordinal));
        Assert.Contains(loaded, l => l.EndsWith(".css", StringComparison.Ordinal));
        var bytes = loaded.Append("/" + page).Sum(l => Compressed(Path.Combine(Folder, l.TrimStart('/'))));
        Assert.True(bytes <= MaxPageBytes, $"{page} has {bytes} bytes compressed, allowed {MaxPageBytes}");
    }

    /// <summary>The content security policy forbids both, and a page that needs one would not work.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_HasNoInlineScriptOrStyleAndLoadsFromTheDeviceAlone(string page)
    {
        var html = File.ReadAllText(Path.Combine(Folder, page));
        Assert.DoesNotMatch("<script(?![^>]* src=)", html);
        Assert.DoesNotMatch("<style| style=| on[a-z]+=", html);
        Assert.DoesNotMatch("(src|href)=\"(?!/)", html);
        foreach (var style in Directory.GetFiles(Folder, "*.css", SearchOption.AllDirectories))
            Assert.DoesNotMatch("@import|url\\(", File.ReadAllText(style));
    }

    [Fact]
    public void Licences_OfThePackagesInside_AreThere()
    {
        var text = File.ReadAllText(Path.Combine(Folder, "licences.txt"));
        Assert.Matches("preact [0-9.]+ \\(MIT\\)", text);
        Assert.Matches("uqr [0-9.]+ \\(MIT\\)", text);
    }

    private static long Compressed(string file)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(File.ReadAllBytes(file));
        return compressed.Length;
    }

    [GeneratedRegex("(?:src|href)=\"(/[^\"]+)\"")]
    private static partial Regex Loaded();
}
