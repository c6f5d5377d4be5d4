using System.Text;
using EdgeAgent.Answers;

namespace EdgeAgent.Tests.Answers;

public sealed class AnswerEntryTests
{
    [Fact]
    public void Parse_Correction_IsCuratedAndNamedByItsFirstQuestion()
    {
        var entry = AnswerEntry.Parse("""{"questions":["Who, me?"],"answer":"Yes.","source":"learned","model":"m","key":"k"}"""u8);
        Assert.Equal(("who me", AnswerEntry.Curated, null, null), (entry.Id, entry.Source, entry.Model, entry.Key));
    }

    /// <summary>JSON may hold null wherever the type excludes it.</summary>
    [Theory]
    [InlineData("""{"id":"x","questions":[null],"answer":"y"}""")]
    [InlineData("""{"questions":[null],"answer":"y"}""")]
    [InlineData("""{"id":"x","questions":null,"answer":"y"}""")]
    [InlineData("""{"id":"x","questions":[" "],"answer":"y"}""")]
    [InlineData("""{"id":"x","questions":["q"],"answer":null}""")]
    [InlineData("""{"id":"x","questions":["q"],"answer":"y","tags":[null]}""")]
    [InlineData("""{"id":"x","questions":["\ud800"],"answer":"y"}""")]
    [InlineData("null")]
    [InlineData("nonsense")]
    public void Parse_NoAnswer_IsRefused(string json) =>
        Assert.Throws<FormatException>(() => AnswerEntry.Parse(Encoding.UTF8.GetBytes(json)));
}
