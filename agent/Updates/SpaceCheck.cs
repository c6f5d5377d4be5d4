using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates;

/// <summary>Whether the disk has room for the rest of a bundle. Deletes the bundle before the incumbent if that makes the room.</summary>
internal static class SpaceCheck
{
    /// <summary>Why the bundle cannot be taken; null if it can.</summary>
    public static (string Reason, string Detail)? Refuse(IncomingBundle incoming, SlotStore slots, UpdateOptions options)
    {
        if (incoming.TotalBytes > options.MaxBundleBytes)
            return (UpdateReasons.NoSpace, $"a bundle of {incoming.TotalBytes} bytes, at most {options.MaxBundleBytes} are taken");
        var needed = incoming.TotalBytes - incoming.PresentBytes + options.SpaceMarginBytes;
        if (slots.FreeBytes >= needed) return null;
        slots.DropFreeSlot();
        return slots.FreeBytes >= needed ? null : (UpdateReasons.NoSpace, $"{needed} bytes are needed, {slots.FreeBytes} are free");
    }
}
