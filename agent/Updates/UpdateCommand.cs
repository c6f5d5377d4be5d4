using System.Buffers;
using System.Text.Json;

namespace EdgeAgent.Updates;

/// <summary>What a fleet manager asks for: the payload of cmd/model-update/{id}.</summary>
internal sealed record UpdateCommand
{
    private const int MaxShown = 100;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>SHA-256 of the bundle's model.sig, 64 lower-case hexadecimal digits.</summary>
    public required string Bundle { get; init; }

    /// <summary>
    /// <c>http://</c>, <c>https://</c> or <c>file:///</c> URL of the bundle's directory; without it the chunks come over MQTT. No other
    /// scheme is taken. Whoever may send commands can make the device request any such address, so rights on <c>cmd/#</c> matter.
    /// </summary>
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

    /// <summary>
    /// When the command was given, by the fleet manager's clock. Of several commands the newest counts, in whatever order they come.
    /// </summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>A signed permission to install an older release (DSSE, see <see cref="SignedStatement"/>).</summary>
    public JsonElement? Permission { get; init; }

    /// <summary>What is wrong with the command; null if it is valid.</summary>
    public string? Problem()
    {
        if (Bundle.Length != 64 || Bundle.AsSpan().ContainsAnyExcept(Hex)) return "bundle must be 64 lower-case hexadecimal digits";
        if (Url is not null && !IsDirectory(Url))
            return "url must be the http://, https:// or file:/// address of the bundle's directory, without a user name; found " +
                Shown(Url);
        if (Window is not null && !MaintenanceWindow.TryParse(Window, out _)) return "window must be HH:MM-HH:MM";
        if (Bandwidth < 0) return "bandwidth must be 0 or more bytes a second";
        if (!(JitterS is >= 0 and <= 86_400)) return "jitter_s must be 0..86400";
        if (Canary is not null and not (>= 0 and <= 1)) return "canary must be 0..1";
        return null;
    }

    private static bool IsDirectory(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (uri.Scheme is "http" or "https" && uri.Host.Length > 0 || uri.IsFile && uri.Host.Length == 0)
        && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0;

    /// <summary>Statuses are retained: a password in a URL is not repeated there.</summary>
    private static string Shown(string url) =>
        url.Contains('@', StringComparison.Ordinal) ? "one with '@'" : url.Length <= MaxShown ? $"'{url}'" : $"'{url[..MaxShown]}...'";
}
