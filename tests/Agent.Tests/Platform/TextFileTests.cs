using System.Text;
using EdgeAgent.Answers;
using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class TextFileTests : IDisposable
{
    private const string Entry = """{"questions":["SP-14?"],"answer":"ANSWER"}""";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private string Write(params byte[] bytes)
    {
        File.WriteAllBytes(_directory.File("faq.jsonl"), bytes);
        return _directory.File("faq.jsonl");
    }

    /// <summary>An answer of these bytes in the second line.</summary>
    private string WriteEntry(params byte[] answer)
    {
        var parts = Entry.Split("ANSWER");
        return Write([.. Encoding.UTF8.GetBytes(Entry + "\n" + parts[0]), .. answer, .. Encoding.UTF8.GetBytes(parts[1])]);
    }

    [Fact]
    public void Load_AnswersInGbk_IsRefusedWithLineAndHint()
    {
        var error = Assert.ThrowsAny<FormatException>(() => AnswerEntry.Load(WriteEntry(0xD6, 0xF7, 0xD6, 0xE1))); // 主轴
        Assert.EndsWith("faq.jsonl: expected UTF-8 text; found the byte 0xD6 in line 2 (GBK?). Save the file as UTF-8", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AnswersInLatin1_IsRefusedWithTheLine()
    {
        var error = Assert.ThrowsAny<FormatException>(() => AnswerEntry.Load(WriteEntry(0x4D, 0xFC, 0x6C, 0x6C, 0x65, 0x72))); // Müller
        Assert.Contains("the byte 0xFC in line 2 (Latin-1 or another older encoding?)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadLines_Utf16_IsRefused(bool hasMark)
    {
        var encoding = new UnicodeEncoding(bigEndian: false, byteOrderMark: hasMark);
        var error = Assert.Throws<TextFileException>(() => TextFile.ReadLines(Write([.. encoding.Preamble, .. encoding.GetBytes(Entry)])));
        Assert.Contains("UTF-16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadLines_ByteOrderMarkAndAnyEndOfLine_AreTaken() =>
        Assert.Equal(["a", "主", "", "b"], TextFile.ReadLines(Write([.. Encoding.UTF8.Preamble, .. "a\r\n主\n\nb\n"u8])));

    [Theory]
    [InlineData(new byte[] { 0xC0, 0x80 })] // an overlong NUL
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })] // a surrogate
    [InlineData(new byte[] { 0x61, 0xE4, 0xB8 })] // cut in a character
    public void ReadAllText_NoUtf8_IsRefused(byte[] bytes) => Assert.Throws<TextFileException>(() => TextFile.ReadAllText(Write(bytes)));

    [Fact]
    public void Problem_OfANul_SaysWhere()
    {
        Assert.Null(TextFile.Problem("SP-14?"));
        Assert.Contains("at character 3", TextFile.Problem("SP\0"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n", true)]
    [InlineData("version https://example/\n", false)]
    public void RefusePointer_OfGitLfs_SaysWhatToDo(string content, bool isPointer)
    {
        var path = Write(Encoding.UTF8.GetBytes(content));
        Assert.Equal(isPointer, ModelFile.IsPointer(path));
        if (isPointer)
            Assert.Contains("git lfs pull", Assert.Throws<ModelFileException>(() => ModelFile.ReadJson(path)).Message,
                StringComparison.Ordinal);
    }
}
