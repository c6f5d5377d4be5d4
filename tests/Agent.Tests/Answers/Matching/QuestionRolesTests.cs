using EdgeAgent.Answers;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Answers.Matching;

public sealed class QuestionRolesTests
{
    private static readonly Desensitizer Everything = Desensitizer.Create(new PrivacyOptions());
    private static readonly QuestionReader Reader = new(Everything);

    private static bool IsServed(string asked, params string[] known) => new CuratedAnswers(
        [new AnswerEntry { Id = "e", Questions = known, Answer = "answer" }], Reader, new SimilarityOptions(), TimeProvider.System)
        .Find(Everything.Scrub(asked), allowSimilar: true).IsHit;

    /// <summary>The same words, and another one who does it: neither answers the other.</summary>
    [Theory]
    [InlineData("Who calls the supervisor?", "Who does the supervisor call?")]
    [InlineData("Who calls the supervisor?", "Who is called by the supervisor?")]
    [InlineData("pump A supplies pump B?", "is pump A supplied by pump B")]
    [InlineData("Which valve opens valve V2?", "Which valve is opened by valve V2?")]
    [InlineData("What does the interlock protect?", "What protects the interlock?")]
    [InlineData("Is the guard locked by the spindle?", "Is the spindle locked by the guard?")]
    [InlineData("Can the robot be hit by the fence?", "Can the fence be hit by the robot?")]
    [InlineData("Can the robot be hit by the fence?", "Can the robot hit the fence?")]
    [InlineData("Is overheating caused by the alarm?", "Is the alarm caused by overheating?")]
    [InlineData("Does the brake release the drive?", "Does the drive release the brake?")]
    [InlineData("Who does the operator teach?", "Who teaches the operator?")]
    [InlineData("who can the supervisor help", "who can help the supervisor")]
    [InlineData("who gets called by the supervisor", "who calls the supervisor")]
    [InlineData("who do i call", "who calls me")]
    [InlineData("what is pump A driving", "what is driving pump A")]
    [InlineData("tell me who the supervisor calls", "tell me who calls the supervisor")]
    [InlineData("who should the operator report to", "who should report to the operator")]
    [InlineData("to whom does the supervisor send the report", "who sends the report to the supervisor")]
    [InlineData("how many valves does the pump open", "how many valves open the pump")]
    [InlineData("where is the valve spring", "where is the spring valve")]
    [InlineData("where is the pump's motor", "where is the motor's pump")]
    [InlineData("does the pump drive the motor fan", "does the motor of the pump drive the fan")]
    [InlineData("where is the pump that drives the motor", "where is the pump that is driven by the motor")]
    [InlineData("where is the motor driving the pump", "where is the pump driven by the motor")]
    [InlineData("who is the operator that is called", "who is the operator that calls")]
    [InlineData("what is faster than the pump", "what is the pump faster than")]
    [InlineData("does the robot give the operator the part", "does the robot give the part the operator")]
    [InlineData("when the pump stops does the valve open", "does the pump stop when the valve opens")]
    [InlineData("before i open the guard what do i check", "before i check the guard what do i open")]
    [InlineData("谁呼叫班长", "班长呼叫谁")]
    [InlineData("机械手被护栏撞了怎么办", "机械手撞了护栏怎么办")]
    [InlineData("机械手把工件撞坏了怎么办", "机械手被工件撞坏了怎么办")]
    [InlineData("工件让机械手撞坏了怎么办", "工件把机械手撞坏了怎么办")]
    [InlineData("水泵给水箱供水吗", "水箱给水泵供水吗")]
    [InlineData("A供B吗", "B供A吗")]
    [InlineData("水泵由水箱供水吗", "水泵给水箱供水吗")]
    [InlineData("阀弹簧在哪", "弹簧阀在哪")]
    [InlineData("驱动水泵的电机在哪里", "水泵驱动的电机在哪里")]
    [InlineData("班长怎么呼叫", "怎么呼叫班长")]
    public void Find_RolesTurnedRound_IsNotServed(string one, string other)
    {
        foreach (var phrasings in new[] { 1, 2, 6, 24 })
        {
            Assert.False(IsServed(other, HardNegatives.Phrasings(one, phrasings)), $"{phrasings}: {one}");
            Assert.False(IsServed(one, HardNegatives.Phrasings(other, phrasings)), $"{phrasings}: {other}");
        }
    }

    /// <summary>A code that selects an answer, and phrasings that say little, do not let the reverse through.</summary>
    [Theory]
    [InlineData("does SP-14 stop the spindle", "does the spindle stop SP-14", "what does SP-14 mean")]
    [InlineData("who does the supervisor call", "who calls the supervisor", "the supervisor", "call the supervisor please")]
    public void Find_RolesTurnedRoundInOnePhrasing_IsNotServedByAnother(string asked, params string[] known) =>
        Assert.False(IsServed(asked, known));

    /// <summary>Another voice or order with the same one who does it is the same question.</summary>
    [Theory]
    [InlineData("Who calls the supervisor?", "Who is the supervisor called by?")]
    [InlineData("who does the supervisor call", "who is called by the supervisor")]
    [InlineData("How often is the coolant changed?", "how often do I change the coolant")]
    [InlineData("what is the colour of the pump", "what is the pump colour")]
    [InlineData("before the pump starts does the valve open", "does the valve open before the pump starts")]
    [InlineData("reset the alarm SP-14", "how do i reset the SP-14 alarm")]
    [InlineData("急停怎么复位", "怎么复位急停")]
    [InlineData("水泵的电机在哪里", "水泵电机在哪里")]
    [InlineData("什么时候更换滤芯", "滤芯什么时候更换")]
    [InlineData("能打开水泵吗", "水泵能打开吗")]
    public void Find_SameRoles_IsServed(string one, string other)
    {
        Assert.True(IsServed(other, one), one);
        Assert.True(IsServed(one, other), other);
    }

    [Theory]
    [InlineData("is the pump driven by the motor", "motor driv pump")]
    [InlineData("who has the supervisor called", "supervisor call ?who")]
    [InlineData("is the coolant changed weekly", "chang coolant")]
    [InlineData("where is the pump driven by the motor", "pump <passive driv <by motor")]
    [InlineData("what if the robot is hit by the fence", "?what if fenc hit robot")]
    [InlineData("is the controller reset by pressing the button", "reset controller press button")]
    [InlineData("does the motor of the pump stop", "motor <of pump stop")]
    [InlineData("水泵被电机驱动吗", "电 机 驱 动 水 泵")]
    [InlineData("机械手把工件撞坏了吗", "机 械 手 <把 工 件 撞 坏")]
    [InlineData("报警SP-14怎么处理", "sp-14 报 警")]
    [InlineData("滤芯怎么更换", "滤 芯 更 换 / 更 换 滤 芯")]
    public void Read_Question_IsAgentDeedPatient(string question, string roles) =>
        Assert.Equal(roles, QuestionText.Of(question).Roles.ToString());

    [Theory]
    [InlineData("supply", "supplies", "supplied", "supplying")]
    [InlineData("drive", "drives", "driven", "driving")]
    [InlineData("stop", "stops", "stopped", "stopping")]
    [InlineData("press", "presses", "pressed", "pressing")]
    [InlineData("release", "releases", "released", "releasing")]
    public void Stem_Forms_AreOne(params string[] forms) => Assert.Single(forms.Select(RoleWords.Stem).Distinct());
}
