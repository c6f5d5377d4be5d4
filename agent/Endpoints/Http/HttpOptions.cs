using System.Net;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Endpoints.Http;

/// <summary>The HTTP server: OpenAI-compatible API, health and metrics.</summary>
internal sealed record HttpOptions : ICheckedOptions
{
    /// <summary>Where the server listens unless configured. A port that is taken here does not stop the agent.</summary>
    public const string DefaultListen = "127.0.0.1:8080";

    /// <summary>
    /// Address and port of the server; port 0 takes a free one and prints it. Beyond loopback it needs <c>CertificateFile</c> and
    /// <c>ApiKeysFile</c>. Empty: no HTTP.
    /// </summary>
    [ListenAddress]
    public string Listen { get; init; } = DefaultListen;

    /// <summary>
    /// Names and addresses, without a port, by which clients may call the server beside <c>localhost</c>, <c>127.0.0.1</c>, <c>[::1]</c>
    /// and the one it listens on. Requests that name another host are refused: they may come from a web page that abuses a browser.
    /// </summary>
    [MaxCount(64)]
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>
    /// File of the API keys: a line for each holds a name and the key's SHA-256 in hexadecimal. Empty: everybody who reaches the server
    /// may ask.
    /// </summary>
    [ExistingFile]
    public string ApiKeysFile { get; init; } = "";

    /// <summary>PEM file of the server's certificate, and of those above it, for HTTPS. Goes with <c>KeyFile</c>.</summary>
    [ExistingFile]
    public string CertificateFile { get; init; } = "";

    /// <summary>PEM file of the certificate's private key.</summary>
    [ExistingFile]
    public string KeyFile { get; init; } = "";

    /// <summary>Connections at a time; one more is closed at once.</summary>
    [Unit("connections"), Range(4, 4096)]
    public int MaxConnections { get; init; } = 256;

    /// <summary>
    /// Requests a second that one client (an API key, else an address) may send on average; twice as many at once. One more is answered
    /// <c>overloaded</c>.
    /// </summary>
    [Unit("requests"), Range(1, 100_000)]
    public int RequestsPerSecond { get; init; } = 100;

    /// <summary>Time a client has to send the head of a request.</summary>
    [Duration("HeadSeconds", DurationUnit.Seconds), Range(1, 60)]
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Pieces of a streamed answer that may wait for a client that reads slowly. With one more its connection is closed and its query
    /// cancelled.
    /// </summary>
    [Unit("pieces"), Range(16, 65_536)]
    public int MaxWaitingPieces { get; init; } = 1024;

    /// <summary>Time from which a body must come faster than <see cref="MinBytesPerSecond"/>.</summary>
    internal TimeSpan SlowGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Slower bodies and slower readers are cut off.</summary>
    internal const int MinBytesPerSecond = 240;

    internal bool HasTls => CertificateFile.Length > 0;

    public IEnumerable<string> Problems(string section)
    {
        if (CertificateFile.Length > 0 != KeyFile.Length > 0)
            yield return
                $"{section}:CertificateFile and {section}:KeyFile must be given together, found '{CertificateFile}' and '{KeyFile}'";
        if (IPEndPoint.TryParse(Listen, out var address) && !IPAddress.IsLoopback(address.Address)
            && (CertificateFile.Length == 0 || ApiKeysFile.Length == 0))
            yield return $"{section}:Listen must be a loopback address such as {DefaultListen} unless {section}:CertificateFile, " +
                $"{section}:KeyFile and {section}:ApiKeysFile are given, found '{Listen}': others on the network would read questions " +
                "and answers, and anybody could ask";
    }
}
