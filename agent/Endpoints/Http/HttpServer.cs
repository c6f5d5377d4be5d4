using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeAgent.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// Kestrel with the agent's limits: HTTP/1.1 only, bounded connections, heads, bodies and buffers, and whoever sends or reads too slowly is
/// cut off. Nothing of ASP.NET's defaults beside it: no configuration, no routing, no logging of requests.
/// </summary>
internal sealed class HttpServer(HttpOptions options, QueryOptions queries, HttpDispatcher dispatcher, ILoggerFactory loggers)
    : IAsyncDisposable
{
    private const int MaxHeadBytes = 16 << 10, MaxHeaders = 64, MaxLineBytes = 4 << 10, ResponseBufferBytes = 64 << 10;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(60), StopTimeout = TimeSpan.FromSeconds(2);
    private WebApplication? _app;

    /// <summary>Where it listens; null before the start.</summary>
    public Uri? Address { get; private set; }

    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var endPoint = IPEndPoint.Parse(options.Listen);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton<ILoggerFactory>(new ServerLoggers(loggers));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Limit(kestrel, endPoint));
        var app = builder.Build();
        app.Run(dispatcher.HandleAsync);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"HTTP cannot listen on {options.Listen}: {Innermost(e).Message}. Stop what uses the port, or change " +
                "Http:Listen", e);
        }
        _app = app;
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Address = new Uri(bound);
    }

    /// <summary>Takes no more connections and lets responses end; those that do not are cut off.</summary>
    public async Task StopAsync()
    {
        if (_app is not { } app) return;
        using var timeout = new CancellationTokenSource(StopTimeout);
        await app.StopAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Limit(KestrelServerOptions kestrel, IPEndPoint endPoint)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = queries.MaxPayloadBytes;
        limits.MaxRequestHeadersTotalSize = MaxHeadBytes;
        limits.MaxRequestHeaderCount = MaxHeaders;
        limits.MaxRequestLineSize = MaxLineBytes;
        limits.MaxResponseBufferSize = ResponseBufferBytes;
        limits.RequestHeadersTimeout = options.HeadTimeout;
        limits.KeepAliveTimeout = KeepAlive;
        limits.MinRequestBodyDataRate = limits.MinResponseDataRate = new MinDataRate(HttpOptions.MinBytesPerSecond, options.SlowGrace);
        kestrel.Listen(endPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1; // what HTTP/2 adds is attack surface: its clients speak 1.1 too
            if (options.HasTls) listen.UseHttps(Https());
        });
    }

    private HttpsConnectionAdapterOptions Https()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.CertificateFile);
        return new HttpsConnectionAdapterOptions
        {
            ServerCertificate = X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile),
            ServerCertificateChain = chain,
        };
    }

    /// <summary>
    /// The agent's loggers without the host's own: what it says of a start that fails, the exception says too, and who started the server
    /// decides what that means.
    /// </summary>
    private sealed class ServerLoggers(ILoggerFactory inner) : ILoggerFactory
    {
        private const string Host = "Microsoft.Extensions.Hosting";

        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith(Host, StringComparison.Ordinal) ? NullLogger.Instance : inner.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        public void Dispose()
        {
            // the agent's
        }
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (_app is { } app) await app.DisposeAsync().ConfigureAwait(false);
        _app = null;
    }
}
