using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Thermal;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData(Level.L0, false, 51.4, false, null, "L0 51C OK       ", "no problem      ")]
    [InlineData(Level.L2, false, 86.6, true, "86.6 C", "L2 87C MAINT    ", "86.6 C          ")]
    [InlineData(Level.L4, true, null, false, "too hot", "L4 --C AWAY     ", "too hot         ")]
    [InlineData(Level.L0, false, -3.0, false, "", "L0 -3C OK       ", "                ")]
    public void Of_State_TwoLinesOfSixteen(Level level, bool isAway, double? celsius, bool isMaintenance, string? problem, string upper,
        string lower) => Assert.Equal((upper, lower), DisplayText.Of(new BoardState(level, isAway, celsius, problem), isMaintenance, 0));

    /// <summary>The display has ASCII, 16 columns, and time.</summary>
    [Fact]
    public void Of_LongProblem_IsShownPageAfterPage()
    {
        var state = new BoardState(Level.L0, false, 40, "no connection to the bröker");
        Assert.Equal(["no connection to", " the br?ker     ", "no connection to"],
            Enumerable.Range(0, 3).Select(page => DisplayText.Of(state, false, page).Lower));
    }
}
