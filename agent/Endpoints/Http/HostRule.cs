using System.Net;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// Which hosts a request may name, in its Host header and as the origin of a web page. A page of a stranger whose name was made to
/// resolve to this machine (DNS rebinding) names its own host and is refused. Pure.
/// </summary>
internal sealed class HostRule
{
    private readonly HashSet<string> _names;

    /// <param name="listen">Where the server listens; a wildcard address is no name.</param>
    public HostRule(IPAddress listen, IEnumerable<string> hosts)
    {
        _names = new HashSet<string>(["localhost", "127.0.0.1", "[::1]", .. hosts], StringComparer.OrdinalIgnoreCase);
        if (!listen.Equals(IPAddress.Any) && !listen.Equals(IPAddress.IPv6Any))
            _names.Add(listen.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{listen}]" : listen.ToString());
    }

    /// <param name="host">Without the port.</param>
    public bool IsOurs(string host) => _names.Contains(host);

    /// <param name="origin">The Origin header; none, or an empty one, comes from a program and not from a page.</param>
    public bool IsOwnPage(string? origin) =>
        string.IsNullOrEmpty(origin) || Uri.TryCreate(origin, UriKind.Absolute, out var page) && _names.Contains(page.Host);
}
