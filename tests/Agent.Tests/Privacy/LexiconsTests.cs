using EdgeAgent.Platform;
using EdgeAgent.Privacy.Entities.Chinese;
using EdgeAgent.Privacy.Patterns;

namespace EdgeAgent.Tests.Privacy;

/// <summary>The word lists of the privacy library and of the entity lab.</summary>
public sealed class LexiconsTests
{
    private static readonly string Folder = Path.Combine(SharedData.Repository, "agent", "Privacy", "Lexicons");

    public static TheoryData<string> Files =>
        [.. new[] { Folder, Path.Combine(SharedData.Repository, "provisioning", "entities", "lists") }
            .SelectMany(f => Directory.GetFiles(f, "*.txt")).Select(f => Path.GetRelativePath(SharedData.Repository, f))];

    /// <summary>Every list can be read, has no empty section and no entry twice, and begins with a comment that says what it is.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryList_CanBeReadAndReviewed(string path)
    {
        var text = File.ReadAllText(Path.Combine(SharedData.Repository, path));
        var file = LexiconFile.Parse(path, text);
        Assert.StartsWith("# ", text, StringComparison.Ordinal);
        Assert.NotEmpty(file.Sections);
        Assert.All(file.Sections, s => Assert.NotEmpty(file.Entries(s)));
        // in the lists of the library commas separate words; in those of the lab they may belong to a sentence
        if (path.StartsWith("agent", StringComparison.Ordinal)) Assert.All(file.Sections, s => Assert.NotEmpty(file.Words(s)));
    }

    /// <summary>A damaged list is named with file, line and reason.</summary>
    [Theory]
    [InlineData("王, 李, 张", "王, 李, , 张", "a word is empty")]
    [InlineData("王, 李, 张", "王, 李工, 张", "expected a single character, found '李工'")]
    [InlineData("王, 李, 张", "王, 李, 王", "'王' already stands in line 6")]
    public void FormsOfAddress_DamagedLine_IsNamed(string whole, string damaged, string reason)
    {
        var text = File.ReadAllText(Path.Combine(Folder, "forms-of-address-zh.txt"));
        Assert.Contains(whole, text, StringComparison.Ordinal);
        var file = LexiconFile.Parse("Privacy/Lexicons/forms-of-address-zh.txt", text.Replace(whole, damaged, StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => file.Characters("surnames"));
        Assert.Equal($"Privacy/Lexicons/forms-of-address-zh.txt, line 6: {reason}", error.Message);
    }

    [Fact]
    public void Embedded_MissingSection_IsNamed() =>
        Assert.StartsWith("Privacy/Lexicons/context-words.txt: expected a section [no-such], found ",
            Assert.Throws<InvalidDataException>(() => ContextWords.Of("no-such")).Message, StringComparison.Ordinal);

    /// <summary>The lists that are embedded are those in the folder.</summary>
    [Fact]
    public void Embedded_Lists_AreThoseOfTheFolder() =>
        Assert.Equal(Directory.GetFiles(Folder).Select(f => $"Privacy/Lexicons/{Path.GetFileName(f)}").Order(StringComparer.Ordinal),
            typeof(FormsOfAddress).Assembly.GetManifestResourceNames().Where(n => n.StartsWith("Privacy/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
}
