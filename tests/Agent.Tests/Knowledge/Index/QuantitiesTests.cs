using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Index;

namespace EdgeAgent.Tests.Knowledge.Index;

/// <summary>A question for a kind of figure finds the passage that has one.</summary>
public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("How heavy may a workpiece be?", "@kg")]
    [InlineData("机械手能搬多重的工件", "@kg")]
    [InlineData("How often is the filter cleaned?", "@min")]
    [InlineData("多久换一次油", "@min")]
    [InlineData("What pressure does the clamp need?", "@bar")]
    [InlineData("夹紧压力是多少", "@bar")]
    public void OfQuestion_AskForAFigure_IsItsKind(string question, string kind) =>
        Assert.Contains(kind, Terms.OfQuestion(question, _ => true));

    [Theory]
    [InlineData("What does the alarm 'temperature too high' mean?")]
    [InlineData("hydraulic pressure too low")]
    [InlineData("Is the seaweighty part fine?")]
    [InlineData("液压压力过低怎么办")]
    public void OfQuestion_WordForAQuantityAlone_IsNoKind(string question) =>
        Assert.DoesNotContain(Terms.OfQuestion(question, _ => true), t => t[0] == Quantities.Mark);

    [Theory]
    [InlineData("Load: at most 12 kg", "@kg")]
    [InlineData("The filter is cleaned daily.", "@min")]
    [InlineData("每周清洁一次", "@min")]
    [InlineData("Interval (h): 500", "@min")]
    public void OfPassage_AFigureOrAWordForIt_IsItsKind(string text, string kind) => Assert.Contains(kind, Terms.OfPassage(text));

    /// <summary>The passage that says how often goes before one that has the same words.</summary>
    [Fact]
    public void Find_HowOften_PrefersThePassageWithAnInterval()
    {
        var library = new Library([(new SourceDocument("a.md", "Manual", "v", "en"),
        [
            new Passage("Belt tension: the belt slips where the belt tension is wrong.", 1, "Alarms", 0),
            new Passage("Check the tension of the belt every 500 h.", 2, "Maintenance", 100),
        ])]);
        Assert.Equal(2, library.Find("How often is the belt tension checked?", 2)[0].Passage.Page);
    }
}
