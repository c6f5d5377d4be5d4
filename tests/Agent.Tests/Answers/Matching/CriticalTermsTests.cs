using EdgeAgent.Answers.Matching;

namespace EdgeAgent.Tests.Answers.Matching;

public sealed class CriticalTermsTests
{
    [Theory]
    [InlineData("alarm SP-14", "alarm sp14 please", true)]
    [InlineData("alarm SP-14", "alarm SP-15", false)]
    [InlineData("3.0 bar", "3 bar", true)]
    [InlineData("3 bar", "30 bar", false)]
    [InlineData("第三号机", "3号机", true)]
    [InlineData("open it", "don't open it", false)]
    [InlineData("check before start", "check after start", false)]
    [InlineData("open door A", "open door B", false)]
    [InlineData("is there a door", "is there the door", true)]
    [InlineData("switch it on", "switch it off", false)]
    [InlineData("where is it", "where is it in the hall", true)]
    [InlineData("why is it hot", "how is it hot", false)]
    [InlineData("温度过高", "温度过低", false)]
    [InlineData("能开门", "不能开门", false)]
    public void Agrees_WhatMatters_IsComparedByMeaning(string one, string other, bool isSame) =>
        Assert.Equal(isSame, QuestionText.Of(one).Critical.Agrees(QuestionText.Of(other).Critical));
}
