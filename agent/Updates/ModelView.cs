using EdgeAgent.Bundles.Slots;
using EdgeAgent.Platform;

namespace EdgeAgent.Updates;

/// <summary>What the model topic, or the library topic, says.</summary>
/// <param name="Installed">Name of what is installed; null for what the device came with.</param>
/// <param name="Digest">Bundle that serves; null for what the device came with.</param>
/// <param name="Release">Release that serves; null for what the device came with.</param>
/// <param name="Trial">Bundle on trial.</param>
/// <param name="Latest">Bundle of the newest command.</param>
/// <param name="State">State of the newest command.</param>
internal sealed record ModelView(string? Installed, string? Digest, long? Release, string? Trial, string? Latest, UpdateState? State)
{
    public static ModelView Of(SlotStore slots, UpdateRecord? newest)
    {
        var serving = slots.Serving;
        return new ModelView(serving is null ? null : NameIn(slots.Kind, slots.PathOf(serving.Slot)), serving?.Bundle, serving?.Release,
            slots.Trial?.Bundle, newest?.Command.Bundle, newest?.State);
    }

    private static string? NameIn(ArtefactKind kind, string directory)
    {
        try
        {
            return kind.IsIn(directory) ? kind.Read(directory).Name : null;
        }
        catch (ModelFileException)
        {
            return null; // the load reports the damage; a report must not stop an update
        }
    }
}
