using System.Net;

namespace EdgeAgent.Updates.Sources;

/// <summary>
/// Maps what a web server or the way to it answers to what becomes of the update. Pure. Status codes: RFC 9110, section 15. An
/// update goes on after overload, a restart or a lost connection; it ends where the same request would be refused again.
/// </summary>
internal static class HttpCauses
{
    /// <summary>
    /// Attempts in a row for a cause that often lasts but may go away: an unknown host, a certificate that is not trusted. With the
    /// back-off of an update that is about four minutes.
    /// </summary>
    public const int DoubtfulAttempts = 8;

    /// <summary>The exception for a response that is no success.</summary>
    public static Exception Of(HttpStatusCode status, Uri address)
    {
        var found = $"{(int)status} {Words(status)} for {Shown(address)}";
        return (int)status switch
        {
            401 or 403 or 407 => Final($"{found}; expected a file that the device may read without logging in"),
            404 or 410 => Final($"{found}; expected the bundle's directory at the command's url"),
            408 or 425 or 429 => new HttpRequestException($"{found}; the server asks to try later", null, status),
            416 => new SourceException(UpdateReasons.DigestMismatch, $"{found}: the file is shorter than the one that was signed"),
            >= 300 and < 400 => Final($"{found}; expected the file itself: redirects from https to http, and circles, are not followed"),
            >= 400 and < 500 or 501 or 505 => Final($"{found}; the server will not serve this request"),
            _ => new HttpRequestException($"{found}; the server has a fault", null, status),
        };
    }

    /// <summary>The exception for a request that got no response.</summary>
    public static Exception Of(HttpRequestException exception, Uri address)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError =>
                Doubtful($"the host '{address.Host}' is unknown; expected a name that this device's DNS resolves", exception),
            HttpRequestError.SecureConnectionError =>
                Doubtful($"no secure connection to {address.Host}: {Innermost(exception)}; expected a certificate for this name from an " +
                    "authority that this device trusts", exception),
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError
                or HttpRequestError.ConfigurationLimitExceeded =>
                Doubtful($"{address.Host}:{address.Port} does not answer in HTTP: {exception.Message}", exception),
            _ => exception,
        };
    }

    private static SourceException Final(string message) => new(UpdateReasons.Incompatible, message);

    private static SourceException Doubtful(string message, Exception inner) =>
        new(UpdateReasons.Incompatible, message, inner) { MaxAttempts = DoubtfulAttempts };

    /// <summary>Without query and user, which may hold a secret.</summary>
    private static string Shown(Uri address) =>
        address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static string Words(HttpStatusCode status) =>
        string.Concat(status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $" {c}" : $"{c}"));

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner) exception = inner;
        return exception.Message.TrimEnd('.');
    }
}
