using EdgeAgent.Platform;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy.Entities;

/// <summary>Makers of machines and their products, which sound like names.</summary>
public sealed class MakerNamesTests
{
    private const int MinMakers = 300;

    private static readonly Desensitizer Everything = Desensitizer.Create(new PrivacyOptions());

    /// <summary>A maker is nobody; somebody who is called like one still is.</summary>
    [Theory]
    [InlineData("西门子PLC报警怎么办")]
    [InlineData("库卡机器人回零失败")]
    [InlineData("施耐德断路器跳闸")]
    [InlineData("欧姆龙触摸屏黑屏")]
    [InlineData("安川伺服过热")]
    [InlineData("博世的说明书在哪")]
    [InlineData("费斯托气缸漏气")]
    [InlineData("雷尼绍测头怎么标定")]
    [InlineData("川崎机器人停了")]
    [InlineData("台达触摸屏黑屏")]
    [InlineData("装马波斯测头要注意什么")]
    [InlineData("Reset the Fanuc drive")]
    [InlineData("Which Festo valve fits?")]
    [InlineData("Kuka and Staubli use different plugs")]
    [InlineData("SiemensPLC报警")]
    [InlineData("倍尔德传感器不亮")]
    [InlineData("Why does the Kornelius sensor flicker?")]
    [InlineData("[[张博世]]请假")]
    [InlineData("[[王西门]]请假")]
    [InlineData("联系人[[张博世]]")]
    [InlineData("[[博世]]先生来访")]
    [InlineData("[[Robert Bosch]] is our supplier contact")]
    [InlineData("Mr. [[Bosch]] called")]
    [InlineData("Tell [[Tom Parker]] the drive is down")]
    [InlineData("[[张伟]]变频器怎么设的")]
    [InlineData("tel:[[13812345678]]")]
    [InlineData("港澳通行证[[C12345678]]")]
    public void Find_Maker_IsNobody(string marked) => Assert.Equal(marked, Marked.By(Everything, marked));

    /// <summary>Each maker of the list, at the place where a name would stand.</summary>
    [Theory]
    [InlineData("makers zh", "请问{0}变频器报警怎么处理")]
    [InlineData("makers zh", "换了{0}以后节拍变慢了")]
    [InlineData("makers en", "The {0} drive trips on overcurrent")]
    [InlineData("makers that are names of persons too", "{0}气缸漏气")]
    public void Find_EveryMakerOfTheList_RaisesFewAlarms(string section, string sentence)
    {
        var makers = LexiconFile.Embedded(typeof(Desensitizer).Assembly, "Privacy/Lexicons/makers.txt").Words(section);
        var alarms = makers.Where(m =>
            Everything.Find(sentence.Replace("{0}", m, StringComparison.Ordinal)).Any(f => f.Type is "PERSON" or "LOCATION")).ToList();
        Assert.True(alarms.Count <= makers.Count / 50, string.Join(", ", alarms));
    }

    [Fact]
    public void List_Makers_AreThreeHundredAndMore()
    {
        var lists = LexiconFile.Embedded(typeof(Desensitizer).Assembly, "Privacy/Lexicons/makers.txt");
        Assert.InRange(lists.Words("makers zh").Count + lists.Words("makers en").Count, MinMakers, int.MaxValue);
    }
}
