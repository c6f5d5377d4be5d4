using System.Buffers;
using System.Text.Json;

namespace EdgeAgent.Updates;

/// <summary>What a fleet manager asks for: the payload of cmd/model-update/{id}.</summary>
internal sealed record UpdateCommand
{
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>SHA-256 of the bundle's model.sig, 64 lower-case hexadecimal digits.</summary>
    public required string Bundle { get; init; }

    /// <summary>http(s) URL of the bundle's directory, or a file URL; without it the chunks come over MQTT.</summary>
    public string? Url { get; init; }

    /// <summary>
    /// HH:MM-HH:MM, local time, in which the update may download and switch. A window that ends before it begins runs over midnight.
    /// </summary>
    public string? Window { get; init; }

    /// <summary>Bytes per second, 0 for no limit.</summary>
    public long Bandwidth { get; init; }

    /// <summary>The start is delayed by a random time of at most this many seconds, 0..86,400.</summary>
    public double JitterS { get; init; }

    /// <summary>Share of live queries the new student answers while on trial, 0..1; default is the device's own setting.</summary>
    public double? Canary { get; init; }

    /// <summary>A signed permission to install an older release (DSSE, see <see cref="SignedStatement"/>).</summary>
    public JsonElement? Permission { get; init; }

    /// <summary>What is wrong with the command; null if it is valid.</summary>
    public string? Problem()
    {
        if (Bundle.Length != 64 || Bundle.AsSpan().ContainsAnyExcept(Hex)) return "bundle must be 64 lower-case hexadecimal digits";
        if (Url is not null && !(Uri.TryCreate(Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "file"))
            return "url must be http(s)";
        if (Window is not null && !MaintenanceWindow.TryParse(Window, out _)) return "window must be HH:MM-HH:MM";
        if (Bandwidth < 0) return "bandwidth must be 0 or more bytes a second";
        if (!(JitterS is >= 0 and <= 86_400)) return "jitter_s must be 0..86400";
        if (Canary is not null and not (>= 0 and <= 1)) return "canary must be 0..1";
        return null;
    }
}
