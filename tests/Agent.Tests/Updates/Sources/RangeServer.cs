using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeAgent.Tests.Updates.Sources;

/// <summary>Serves a directory's files with ranges, on a port the system picks.</summary>
internal sealed class RangeServer : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly string _directory;
    private readonly Task _loop;
    private int _requests;

    public RangeServer(string directory)
    {
        _directory = directory;
        (_listener, var port) = Listen();
        Address = $"http://127.0.0.1:{port}/bundles/x";
        _loop = Task.Run(RunAsync);
    }

    public string Address { get; }
    public int FailEvery { get; init; }
    public bool IsCorrupt { get; init; }
    public bool HasNoRanges { get; init; }

    /// <summary>Every response has this status; 0 for none.</summary>
    public int Status { get; init; }

    /// <summary>Requests must have this query.</summary>
    public string Query { get; init; } = "";

    /// <summary>Without ranges: longer responses end behind this byte; 0 for none.</summary>
    public int BreaksAfter { get; set; }

    /// <summary>From this request on, responses stop after their first byte; 0 for none.</summary>
    public int StallsFrom { get; set; }
    public int Served { get; private set; }
    public int Ranges { get; private set; }
    public long RangeBytes { get; private set; }

    /// <summary>Listens on a port the system picked. Another process may take it in between: then on another one.</summary>
    private static (HttpListener Listener, int Port) Listen()
    {
        for (var attempt = 1; ; attempt++)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
            probe.Close();
            var listener = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
            try
            {
                listener.Start();
                return (listener, port);
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                listener.Close();
            }
        }
    }

    private async Task RunAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            var file = Path.Combine(_directory, Uri.UnescapeDataString(string.Concat(context.Request.Url!.Segments.Skip(3))));
            if (FailEvery > 0 && ++_requests % FailEvery == 0)
            {
                context.Response.StatusCode = 503;
                context.Response.Close();
                continue;
            }
            if (Status > 0 || context.Request.Url.Query != Query)
            {
                context.Response.StatusCode = Status > 0 ? Status : 403;
                context.Response.Close();
                continue;
            }
            var content = await File.ReadAllBytesAsync(file);
            if (IsCorrupt && !file.EndsWith(EdgeAgent.Bundles.Bundle.SignatureFileName, StringComparison.Ordinal)) content[0] ^= 1;
            if (BreaksAfter > 0 && content.Length > BreaksAfter)
            {
                context.Response.ContentLength64 = content.Length;
                await context.Response.OutputStream.WriteAsync(content.AsMemory(0, BreaksAfter));
                await context.Response.OutputStream.FlushAsync();
                context.Response.Abort();
                continue;
            }
            if (!HasNoRanges && context.Request.Headers["Range"] is { } range)
            {
                var parts = range["bytes=".Length..].Split('-').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
                content = content[parts[0]..(parts[1] + 1)];
                context.Response.StatusCode = 206;
                Ranges++;
                RangeBytes += content.Length;
            }
            if (StallsFrom > 0 && ++_requests >= StallsFrom)
            {
                context.Response.ContentLength64 = content.Length;
                await context.Response.OutputStream.WriteAsync(content.AsMemory(0, 1));
                await context.Response.OutputStream.FlushAsync();
                continue;
            }
            Served++;
            context.Response.ContentLength64 = content.Length;
            await context.Response.OutputStream.WriteAsync(content);
            context.Response.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
    }
}
