using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class GpioChipsTests
{
    /// <summary>The order of the chips, and so their numbers, is never what decides.</summary>
    [Theory]
    [InlineData("tegra234-gpio tegra234-gpio-aon", "", 0)]
    [InlineData("tegra234-gpio-aon usb-expander tegra234-gpio", "", 2)]
    [InlineData("raspberrypi-exp-gpio pinctrl-bcm2711", "", 1)]
    [InlineData("usb-expander", "", 0)]
    [InlineData("tegra234-gpio tegra234-gpio-aon", "tegra234-gpio-aon", 1)]
    [InlineData("tegra234-gpio TEGRA234-GPIO-AON", "tegra234-gpio-aon", 1)]
    public void Choose_Labels_TakesTheOneThatIsMeant(string labels, string wanted, int expected) =>
        Assert.Equal(expected, GpioChips.Choose(labels.Split(' '), wanted));

    [Theory]
    [InlineData("tegra234-gpio tegra234-gpio-aon", "gpiochip0", "found 'gpiochip0'; the board has tegra234-gpio, tegra234-gpio-aon")]
    [InlineData("chip-a chip-b", "", "must say which GPIO chip is meant; the board has chip-a, chip-b")]
    [InlineData("expander expander", "expander", "must be the label of one GPIO chip")]
    public void Choose_NoneOrMany_SaysWhatThereIs(string labels, string wanted, string expected) =>
        Assert.Contains(expected, Assert.Throws<IOException>(() => GpioChips.Choose(labels.Split(' '), wanted)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Choose_NoChip_NamesTheGroup() =>
        Assert.Contains("group gpio", Assert.Throws<IOException>(() => GpioChips.Choose([], "")).Message, StringComparison.Ordinal);

    /// <summary>Whether libgpiod is missing or the chip: one kind of exception, and a sentence.</summary>
    [Fact]
    public void Open_ChipThatNoBoardHas_IsAnIOException() =>
        Assert.Matches("libgpiod|GPIO chip", Assert.Throws<IOException>(() => GpioChips.Open("no-such-chip")).Message);
}
