using EdgeAgent.Platform;
using EdgeAgent.Privacy.Measuring;

namespace EdgeAgent.Tests.Privacy.Measuring;

public sealed class LabelledTextsTests
{
    private static List<LabelledText> Read(string name, string content, Func<string, List<LabelledText>> read)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File(name), content);
        return read(directory.File(name));
    }

    private static string Describe(LabelledText text) =>
        $"{text.Text}: {string.Join(' ', text.Spans.Select(s => $"{s.Type}={text.Text[s.Start..s.End]}"))}";

    /// <summary>Positions of the JSON form count code points.</summary>
    [Fact]
    public void Load_Json_CountsCodePoints() =>
        Assert.Equal("😀 Ann: PERSON=Ann", Describe(Assert.Single(Read("x.json",
            """[{"full_text":"😀 Ann","spans":[{"entity_type":"PERSON","start_position":2,"end_position":5}]}]""", LabelledTexts.Load))));

    [Theory]
    [InlineData("1\tAnn\tB-PER\n2\tSmith\tI-PER\n3\tRome\tI-LOC\n4\twas\tO\n", "Ann Smith Rome was: PER=Ann Smith LOC=Rome")]
    [InlineData("# sent_id = 1\n1\t张\tB-PER\n2\t伟\tI-PER\n3\t李\tB-PER\n\n", "张伟李: PER=张伟 PER=李")]
    public void Load_Iob2_JoinsTokensAsTheLanguageDoes(string columns, string expected) =>
        Assert.Equal(expected, Describe(Assert.Single(Read("x.iob2", columns, LabelledTexts.Load))));

    [Theory]
    [InlineData(TokenSpacing.None, "GoogleMaps在上海")]
    [InlineData(TokenSpacing.BetweenLatin, "Google Maps在上海")]
    [InlineData(TokenSpacing.Everywhere, "Google Maps 在 上海")]
    public void Columns_Spacing_IsAsTold(TokenSpacing spacing, string text) =>
        Assert.Equal(text, Assert.Single(Read("x", "1\tGoogle\tO\n2\tMaps\tO\n3\t在\tO\n4\t上海\tB-LOC\n",
            path => LabelledTexts.Columns(path, ColumnFormat.Iob2(spacing)))).Text);

    [Theory]
    [InlineData("x.iob2", "1\tAnn\tB-PER\n2\tSmith\n", "'2\tSmith' in line 2")]
    [InlineData("x.iob2", "1\tAnn\tX-PER\n", "'1\tAnn\tX-PER' in line 1")]
    [InlineData("x.json", "{}", "an array of full_text and spans")]
    [InlineData("x.json", """[{"full_text":"a","spans":[{"entity_type":"P","start_position":0,"end_position":9}]}]""", "full_text")]
    public void Load_Malformed_IsNamed(string name, string content, string said) =>
        Assert.Contains(said, Assert.Throws<ModelFileException>(() => Read(name, content, LabelledTexts.Load)).Message,
            StringComparison.Ordinal);
}
