using System.Device.Gpio;
using System.Device.Gpio.Drivers;

namespace EdgeAgent.Platform;

/// <summary>
/// The GPIO chips of libgpiod, chosen by label and never by number: numbers change with the kernel and with what is plugged in.
/// </summary>
internal static class GpioChips
{
    /// <summary>Chips that carry the 40-pin header: Jetson Orin; Raspberry Pi 4, 3 and 5.</summary>
    private static readonly string[] HeaderChips = ["tegra234-gpio", "pinctrl-bcm2711", "pinctrl-bcm2835", "pinctrl-rp1"];

    /// <param name="label">Empty: the chip of the board's header.</param>
    /// <exception cref="IOException">libgpiod or the chip is missing, or its device may not be opened.</exception>
    public static GpioPins Open(string label)
    {
        try
        {
            GpioDriver? driver = OpenWithVersion1(label);
            return new GpioPins(new GpioController(driver ?? OpenWithVersion2(label)));
        }
        catch (Exception e) when (IsMissing(e))
        {
            throw new IOException("libgpiod is not installed: install libgpiod2 (Ubuntu 22.04, 24.04) or libgpiod3 (Debian 13)", e);
        }
        catch (Exception e) when (e is GpiodException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new IOException($"the GPIO chip cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>The place in the list of the chip that is meant.</summary>
    /// <exception cref="IOException">None or more than one could be meant; names what was found.</exception>
    internal static int Choose(IReadOnlyList<string> labels, string wanted)
    {
        if (labels.Count == 0) throw new IOException("the board has no GPIO chip that this user may open (/dev/gpiochip*, group gpio)");
        int[] fitting = wanted.Length > 0 ? At(labels, wanted)
            : labels.Count == 1 ? [0] : [.. HeaderChips.SelectMany(h => At(labels, h))];
        if (fitting.Length == 1) return fitting[0];
        throw new IOException(wanted.Length > 0
            ? $"StackLight:Chip must be the label of one GPIO chip, found '{wanted}'; the board has {string.Join(", ", labels)}"
            : $"StackLight:Chip must say which GPIO chip is meant; the board has {string.Join(", ", labels)}");
    }

    private static int[] At(IReadOnlyList<string> labels, string wanted) =>
        [.. Enumerable.Range(0, labels.Count).Where(i => labels[i].Equals(wanted, StringComparison.OrdinalIgnoreCase))];

    /// <summary>Null where libgpiod 1 is not installed.</summary>
    private static LibGpiodDriver? OpenWithVersion1(string label)
    {
        IReadOnlyList<GpioChipInfo> chips;
        try
        {
            chips = [.. LibGpiodDriver.GetAvailableChips()];
        }
        catch (Exception e) when (IsMissing(e))
        {
            return null;
        }
        return new LibGpiodDriver(chips[Choose([.. chips.Select(c => c.Label)], label)]);
    }

#pragma warning disable SDGPIO0001 // the driver for libgpiod 2 is called experimental by its authors
    private static LibGpiodV2Driver OpenWithVersion2(string label)
    {
        IReadOnlyList<GpioChipInfo> chips = [.. LibGpiodV2Driver.GetAvailableChips()];
        return new LibGpiodV2Driver(chips[Choose([.. chips.Select(c => c.Label)], label)]);
    }
#pragma warning restore SDGPIO0001

    private static bool IsMissing(Exception e) =>
        e is DllNotFoundException or PlatformNotSupportedException or EntryPointNotFoundException
        || e is TypeInitializationException && e.InnerException is { } inner && IsMissing(inner);
}
