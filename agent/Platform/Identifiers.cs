namespace EdgeAgent.Platform;

/// <summary>Unique identifiers, time-ordered (RFC 9562 version 7), from the injected clock.</summary>
public static class Identifiers
{
    public static string New(TimeProvider clock) => Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
}
