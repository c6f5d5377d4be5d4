using System.Text.Json;

namespace EdgeAgent.Mqtt;

/// <summary>
/// Finds out whether another device uses this one's name: by what another session says on the state topic after this one has spoken
/// there. Of the two, the session with the greater id began later and yields; both see the same ids, whatever their clocks say.
/// Safe for concurrent use.
/// </summary>
/// <param name="session">This process's session, time-ordered.</param>
internal sealed class NameContest(string session, TimeProvider clock)
{
    /// <summary>A rival that was not heard for so long is gone.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private bool _hasSpoken;
    private string? _rival;
    private long _heardAt;

    /// <summary>Whether this device must yield; null where it has no rival.</summary>
    public bool? MustYield
    {
        get
        {
            lock (_lock)
                return _rival is null || clock.GetElapsedTime(_heardAt) > Memory
                    ? null : string.CompareOrdinal(session, _rival) > 0;
        }
    }

    /// <summary>This device's state has been published: what another session says from now on is no leftover.</summary>
    public void Spoken()
    {
        lock (_lock) _hasSpoken = true;
    }

    /// <summary>Takes what the state topic says; true where this device must yield.</summary>
    public bool Hear(ReadOnlyMemory<byte> state)
    {
        if (OnlineSession(state) is not { } other || other == session) return false;
        lock (_lock)
        {
            if (!_hasSpoken) return false;
            (_rival, _heardAt) = (other, clock.GetTimestamp());
        }
        return MustYield == true;
    }

    private static string? OnlineSession(ReadOnlyMemory<byte> state)
    {
        try
        {
            using var document = JsonDocument.Parse(state);
            return document.RootElement.TryGetProperty("online", out var online) && online.ValueKind == JsonValueKind.True
                && document.RootElement.TryGetProperty("session", out var id) ? id.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // somebody else's garbage
        }
    }
}
