using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeAgent.Platform;

namespace EdgeAgent.Bundles.Slots;

/// <summary>The bundle that serves and its slot (a or b). Without a pointer, what the device came with serves.</summary>
internal sealed record ServingPointer(string Slot, string Bundle, long Release);

/// <summary>The bundle on trial and the number of attempts to start it, counted before each load.</summary>
internal sealed record TrialMarker(string Slot, string Bundle, long Release, int Attempts);

/// <summary>
/// The students, or the libraries, on the device: slots a and b, a pointer file that names the one that serves, a marker of a trial, and
/// the incoming bundle. Switching is one rename; the files of the serving bundle do not change before it. Every write is durable. One
/// writer at a time. A damaged pointer is found again from the slots, a damaged marker counts as none; a directory that cannot be written
/// is read.
/// </summary>
internal sealed class SlotStore
{
    public const string FirstSlot = "a", SecondSlot = "b";
    private const string PointerFile = "serving.json", MarkerFile = "trial.json", QuarantineFile = "quarantine.log",
        IncomingFolder = "incoming";
    private readonly string _root;

    /// <param name="root">Directory of the store; created if it is missing.</param>
    /// <param name="isReadOnly">Neither makes nor clears anything: for somebody who looks beside the agent.</param>
    /// <param name="kind">What the slots hold; null for students.</param>
    public SlotStore(string root, bool isReadOnly = false, ArtefactKind? kind = null)
    {
        (_root, Kind) = (Path.GetFullPath(root), kind ?? ArtefactKind.Student);
        if (isReadOnly) return;
        try
        {
            Directory.CreateDirectory(_root);
            foreach (var left in Directory.GetDirectories(_root, $"*{DurableFile.DeletedSuffix}")) Directory.Delete(left, recursive: true);
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            Problem = e.Message;
        }
    }

    /// <summary>What the slots hold.</summary>
    public ArtefactKind Kind { get; }

    /// <summary>Why the directory cannot be written; null where it could at the start.</summary>
    public string? Problem { get; }

    public string IncomingPath => Path.Combine(_root, IncomingFolder);

    /// <summary>The bundle that serves; null for what the device came with.</summary>
    public ServingPointer? Serving => Pointer ?? (IsPointerDamaged ? Recovered() : null);

    public TrialMarker? Trial => Read(MarkerFile, SlotJson.Default.TrialMarker) is { } marker && IsSlot(marker.Slot) ? marker : null;

    /// <summary>Whether the pointer is there and cannot be read.</summary>
    public bool IsPointerDamaged => Path.Exists(Path.Combine(_root, PointerFile)) && Pointer is null;

    private ServingPointer? Pointer =>
        Read(PointerFile, SlotJson.Default.ServingPointer) is { } pointer && IsSlot(pointer.Slot) ? pointer : null;

    public string PathOf(string slot) => Path.Combine(_root, slot);

    /// <summary>The slot that does not serve.</summary>
    public string FreeSlot => Serving?.Slot == FirstSlot ? SecondSlot : FirstSlot;

    /// <summary>Bundle directories installed now.</summary>
    public IReadOnlyList<string> Installed =>
        [.. new[] { FirstSlot, SecondSlot }.Select(PathOf).Where(Kind.IsIn)];

    /// <summary>Moves a complete, verified bundle into the free slot, in place of what was there.</summary>
    public string Install(string directory)
    {
        var slot = FreeSlot;
        DurableFile.Delete(PathOf(slot));
        DurableFile.Rename(directory, PathOf(slot));
        return slot;
    }

    /// <summary>Counts an attempt to start the bundle on trial. Call it before the load: a load may end the process.</summary>
    public TrialMarker CountAttempt(string slot, string bundle, long release)
    {
        var attempts = Trial is { } old && old.Bundle == bundle ? old.Attempts : 0;
        var marker = new TrialMarker(slot, bundle, release, attempts + 1);
        Write(MarkerFile, marker, SlotJson.Default.TrialMarker);
        return marker;
    }

    /// <summary>Makes the bundle the one that serves, by one rename.</summary>
    public void Promote(ServingPointer pointer) => Write(PointerFile, pointer, SlotJson.Default.ServingPointer);

    public void EndTrial() => DurableFile.Delete(Path.Combine(_root, MarkerFile));

    /// <summary>Refuses a bundle for good, after it failed its trial.</summary>
    public void Quarantine(string bundle)
    {
        if (IsQuarantined(bundle)) return;
        using var log = AppendLog.Open(Path.Combine(_root, QuarantineFile), out _);
        log.Append(bundle);
    }

    public bool IsQuarantined(string bundle) => AppendLog.Read(Path.Combine(_root, QuarantineFile)).Contains(bundle);

    /// <summary>Deletes the incoming bundle and, after a failed trial, its slot.</summary>
    public void Collect(string? failedSlot)
    {
        DurableFile.Delete(IncomingPath);
        if (failedSlot is not null && failedSlot != Serving?.Slot) DurableFile.Delete(PathOf(failedSlot));
    }

    /// <summary>Deletes the bundle that does not serve, to free disk space.</summary>
    public void DropFreeSlot() => DurableFile.Delete(PathOf(FreeSlot));

    /// <summary>Free bytes on the file system of the slots.</summary>
    public long FreeBytes => new DriveInfo(_root).AvailableFreeSpace;

    private static bool IsSlot(string? slot) => slot is FirstSlot or SecondSlot;

    /// <summary>
    /// Where the pointer is damaged: the installed bundle with the highest release that is neither on trial nor quarantined. A bundle
    /// that failed its trial is deleted, so that what lies in a slot has served.
    /// </summary>
    private ServingPointer? Recovered()
    {
        var trial = Trial?.Slot;
        return new[] { FirstSlot, SecondSlot }.Where(s => s != trial).Select(PointerTo).OfType<ServingPointer>()
            .Where(p => !IsQuarantined(p.Bundle)).OrderByDescending(p => p.Release).FirstOrDefault();
    }

    private ServingPointer? PointerTo(string slot)
    {
        try
        {
            return BundleId.Of(PathOf(slot)) is { } bundle
                ? new ServingPointer(slot, bundle, Kind.Read(PathOf(slot)).Release) : null;
        }
        catch (Exception e) when (e is ModelFileException || DiskErrors.Include(e))
        {
            return null;
        }
    }

    /// <summary>What a file holds; null where it is missing or damaged.</summary>
    private T? Read<T>(string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        var path = Path.Combine(_root, name);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type);
        }
        catch (Exception e) when (e is JsonException || DiskErrors.Include(e))
        {
            return null;
        }
    }

    private void Write<T>(string name, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        var path = Path.Combine(_root, name);
        if (Directory.Exists(path)) DurableFile.Delete(path);
        DurableFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(value, type));
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ServingPointer))]
[JsonSerializable(typeof(TrialMarker))]
internal sealed partial class SlotJson : JsonSerializerContext;
