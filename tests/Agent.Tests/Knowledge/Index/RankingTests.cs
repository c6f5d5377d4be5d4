using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Index;

namespace EdgeAgent.Tests.Knowledge.Index;

/// <summary>Which passage a question finds first, as a table in both languages.</summary>
public sealed class RankingTests
{
    [Theory]
    [InlineData("What torque for the chuck bolts?", "lathe.pdf", 47)]
    [InlineData("how tight must the turret bolts be", "lathe.pdf", 47)]
    [InlineData("how much oil goes into the central lubrication", "lathe.pdf", 51)]
    [InlineData("How often is the machine cleaned?", "lathe.pdf", 12)]
    [InlineData("Which oil do I use for greasing?", "lathe.pdf", 51)]
    [InlineData("how fast may the spindle turn with chuck K250", "lathe.pdf", 20)]
    [InlineData("volume of the tank that is lubricated", "lathe.pdf", 51)]
    [InlineData("tightness of the turretts bolts", "lathe.pdf", 47)]
    [InlineData("releasing the e-stop", "lathe.pdf", 15)]
    [InlineData("what does SP-14 mean", "alarms.csv", null)]
    [InlineData("alarm sp 15", "alarms.csv", null)]
    [InlineData("error 2041", "alarms.csv", null)]
    [InlineData("what is connected to X3:7?", "alarms.csv", null)]
    [InlineData("报警 SP-14 怎么处理", "alarms.csv", null)]
    [InlineData("机器人电池多久更换一次？", "robot.docx", 33)]
    [InlineData("换电池", "robot.docx", 33)]
    [InlineData("J2轴加多少润滑脂", "robot.docx", 35)]
    [InlineData("怎么解除紧急停止", "robot.docx", 8)]
    [InlineData("法兰螺钉的扭矩是多少", "robot.docx", 40)]
    [InlineData("哪个螺钉拧到12牛米", "robot.docx", 40)]
    public void Find_Question_RanksItsPassageFirst(string question, string document, int? page)
    {
        var found = Libraries.Plant.Find(question, 5);
        Assert.True(found.Count > 0 && found[0].Document.Id == document && found[0].Passage.Page == page,
            string.Join('\n', found.Select(f => $"{f.Score:F2} {f.Coverage:F2} {f.Document.Id} {f.Passage.Page} {f.Passage.Text}")));
    }

    [Fact]
    public void Find_Key_ComesBeforePassagesThatMentionIt()
    {
        var source = new SourceDocument("a", "a", "v", "en");
        var library = new Library([(source,
        [
            new Passage("SP-14 SP-14 SP-14: see SP-14. After SP-14 reset SP-14.", 1, "SP-14", 0),
            new Passage("Code: SP-14; Meaning: hot", 2, "", 100, "SP-14"),
        ])]);
        Assert.Equal(2, library.Find("SP-14", 2)[0].Passage.Page);
    }

    [Fact]
    public void Find_ManyPassagesOfOnePage_LeavesRoomForOthers()
    {
        var source = new SourceDocument("a", "a", "v", "en");
        var same = Enumerable.Range(0, 6).Select(i => new Passage($"pump pump pump pump {i}", 1, "", i));
        var library = new Library([(source, [.. same, new Passage("one pump among many other words of this page", 2, "", 99)])]);
        Assert.Equal([1, 1, 2], library.Find("pump", 5).Select(f => f.Passage.Page));
    }

    [Theory]
    [InlineData("")]
    [InlineData("的吗")]
    [InlineData("what is the")]
    [InlineData("qwertz")]
    public void Find_NothingToSearchWith_FindsNothing(string question) => Assert.Empty(Libraries.Plant.Find(question, 5));

    [Theory]
    [InlineData("installation", "installed")]
    [InlineData("lubrication", "greasing")]
    [InlineData("adjustment", "adjusting")]
    [InlineData("bearings", "bearing")]
    [InlineData("fitted", "fitting")]
    public void Stem_FormsOfAWord_AreOne(string one, string other) => Assert.Equal(Terms.Stem(one), Terms.Stem(other));
}
