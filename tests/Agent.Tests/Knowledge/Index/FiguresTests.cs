using EdgeAgent.Knowledge.Index;

namespace EdgeAgent.Tests.Knowledge.Index;

public sealed class FiguresTests
{
    [Theory]
    [InlineData("40 Nm", "40 Nm")]
    [InlineData("40N·m", "40 Nm")]
    [InlineData("40 N.m", "40 Nm")]
    [InlineData("４０ 牛·米", "40 Nm")]
    [InlineData("四十牛米", "40 Nm")]
    [InlineData("2,5 l", "2.5 l")]
    [InlineData("1,500 rpm", "1500 rpm")]
    [InlineData("1500 r/min", "1500 rpm")]
    [InlineData("80℃", "80 °C")]
    [InlineData("40-45 Nm", "40 Nm|45 Nm")]
    [InlineData("6 至 8 bar", "6 bar|8 bar")]
    [InlineData("Torque (Nm): 40", "40 Nm")]
    [InlineData("10 minutes", "10 min")]
    [InlineData("2 x 4 bolts", "2|4")]
    [InlineData("4 threads", "4")]
    [InlineData("alarm SP-14", "")]
    [InlineData("M8x25", "")]
    [InlineData("M8 to 25 Nm", "25 Nm")]
    public void Of_EverySpelling_IsOneFigure(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Figures.Of(Figures.Normalize(text))));

    [Theory]
    [InlineData("alarm SP-14", "sp14")]
    [InlineData("terminal X3:7", "x37")]
    [InlineData("screw M8x25", "m8x25")]
    [InlineData("screw M8×25", "m8x25")]
    [InlineData("bearing 6204-2RS", "62042rs")]
    [InlineData("轴承6204-2RS两个", "62042rs")]
    [InlineData("order 4711-0815", "47110815")]
    [InlineData("40 Nm, 40Nm, 3.5, 24V", "")]
    [InlineData("the 2nd one", "")]
    public void Codes_EverySpelling_IsOneCode(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Figures.Codes(Figures.Normalize(text))));
}
