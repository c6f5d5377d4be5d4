using EdgeAgent.Inference.Engine;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class AnswerLengthsTests
{
    private readonly AnswerLengths _lengths = new();

    private void Add(int times, int tokens, bool isCut = false)
    {
        for (var i = 0; i < times; i++) _lengths.Add(tokens, isCut);
    }

    [Fact]
    public void Expected_NothingMeasured_IsAUsualAnswerWithinTheLimit()
    {
        Assert.Equal(AnswerLengths.Usual, _lengths.Expected(1000).Mean);
        Assert.Equal(5, _lengths.Expected(10).Mean);
        Assert.Equal(192, _lengths.Longest(192));
    }

    [Fact]
    public void Expected_Answers_AreTheirMeanAndDeviationWithinTheLimit()
    {
        Add(30, 20);
        Add(30, 60);
        Assert.Equal((40, 20), _lengths.Expected(192));
        Assert.Equal((20, 0), _lengths.Expected(20));
        Assert.Equal(60, _lengths.Longest(192));
        Assert.Equal(50, _lengths.Longest(50));
    }

    /// <summary>An answer that was cut would have been longer: under a higher limit nothing is known of its end.</summary>
    [Fact]
    public void Longest_AnswersThatWereCut_IsTheLimit()
    {
        Add(40, 32, isCut: true);
        Assert.Equal(32, _lengths.Longest(32));
        Assert.Equal(500, _lengths.Longest(500));
        Assert.InRange(_lengths.Expected(500).Mean, 200, 500);
    }

    [Fact]
    public void Add_WarmUp_SaysNothing()
    {
        Add(100, 4, isCut: true);
        Assert.Equal(AnswerLengths.Usual, _lengths.Expected(1000).Mean);
    }

    [Fact]
    public void Left_AnswerThatGoesOn_CountsTheLongerOnesOnly()
    {
        Add(90, 20);
        Add(30, 100);
        Assert.Equal(40, _lengths.Left(0, 192).Mean, 9);
        Assert.Equal(60, _lengths.Left(40, 192).Mean, 9);
        Assert.Equal(60, _lengths.Left(40, 192).Least, 9);
        Assert.Equal(0, _lengths.Left(150, 192).Least); // longer than all before: anything is possible
    }

    [Fact]
    public void Add_ManyAnswers_RemembersTheLatest()
    {
        Add(500, 100);
        Add(AnswerLengths.Capacity, 10);
        Assert.Equal((10, 0), _lengths.Expected(192));
    }
}
