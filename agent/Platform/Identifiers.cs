namespace EdgeAgent.Platform;

/// <summary>Unique identifiers, time-ordered (RFC 9562 version 7), from the injected clock.</summary>
internal static class Identifiers
{
    public static string New(TimeProvider clock) => Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");

    /// <summary>Whether a text has exactly the form of <see cref="New"/>.</summary>
    public static bool IsOne(string text) =>
        Guid.TryParseExact(text, "N", out var id) && id.Version == 7 && text.All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f');

    /// <summary>An unpredictable number from the system's random source; for seeds, not for keys.</summary>
    public static long Seed()
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(DateTimeOffset.UnixEpoch).TryWriteBytes(bytes);
        return BitConverter.ToInt64(bytes[8..]) ^ (long)BitConverter.ToUInt16(bytes[6..]) << 48;
    }
}
