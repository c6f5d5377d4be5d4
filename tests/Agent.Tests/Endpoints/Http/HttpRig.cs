using System.Net.Sockets;
using System.Text;
using EdgeAgent.Endpoints.Http;
using EdgeAgent.Privacy;
using EdgeAgent.Queries;
using EdgeAgent.Telemetry;
using EdgeAgent.Tests.Queries;
using EdgeAgent.Thermal;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Endpoints.Http;

/// <summary>The real server on a free loopback port, around a student of the test's own.</summary>
internal sealed class HttpRig : IAsyncDisposable
{
    private readonly PrivacyExchanges _privacy;
    private readonly HttpServer _server;

    private HttpRig(IChatClient student, HttpOptions http, QueryOptions queries)
    {
        var clock = TimeProvider.System;
        _privacy = new PrivacyExchanges(new Desensitizer(new PrivacyOptions(), entities: null), clock);
        var services = new QueryServices(student, () => "m", _privacy, null, new FixedHeat(() => Level.L0));
        var handler = new QueryHandler(services, queries, Metrics, clock, NullLogger<QueryHandler>.Instance);
        Intake = new QueryIntake(handler, queries, Metrics, clock, NullLogger<QueryIntake>.Instance);
        Dispatcher = new HttpDispatcher(http, () => http.RequestsPerSecond, Metrics, clock, NullLogger<HttpDispatcher>.Instance);
        _server = new HttpServer(http, queries, Dispatcher, NullLoggerFactory.Instance);
        Resources = [new ChatResource(Intake, () => queries, http, () => "m", Metrics, clock),
            new FeedbackResource(new FeedbackHandler(Metrics, null))];
    }

    public AgentMetrics Metrics { get; } = new();
    public QueryIntake Intake { get; }
    public HttpDispatcher Dispatcher { get; }
    public IReadOnlyList<IHttpResource> Resources { get; }
    public Uri Address => _server.Address!;
    public HttpClient Client { get; private set; } = null!;

    /// <param name="isOpen">Whether the agent serves already.</param>
    public static async Task<HttpRig> StartAsync(IChatClient? student = null, Func<HttpOptions, HttpOptions>? change = null,
        QueryOptions? queries = null, bool isOpen = true)
    {
        var options = new HttpOptions { Listen = "127.0.0.1:0", RequestsPerSecond = 100_000 };
        var rig = new HttpRig(student ?? new ScriptedStudent(), change?.Invoke(options) ?? options,
            queries ?? new QueryOptions { DrainTimeout = TimeSpan.FromSeconds(5) });
        await rig._server.StartAsync(TestContext.Current.CancellationToken);
        if (isOpen) rig.Dispatcher.Open(rig.Resources);
        rig.Client = new HttpClient { BaseAddress = rig.Address, Timeout = Waiting.Limit };
        return rig;
    }

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    public static string Question(string fields = "") =>
        $$"""{"model":"m","messages":[{"role":"user","content":"q"}]{{(fields.Length > 0 ? "," + fields : "")}}}""";

    public Task<HttpResponseMessage> AskAsync(string body) => Client.PostAsync("v1/chat/completions", Json(body), Token);

    /// <summary>Sends a query and returns when the head of its response has come.</summary>
    public Task<HttpResponseMessage> OpenAsync(string body, CancellationToken cancellation) => Client.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = Json(body) }, HttpCompletionOption.ResponseHeadersRead,
        cancellation);

    /// <summary>A connection for bytes that no HTTP client would send.</summary>
    public async Task<RawConnection> ConnectAsync() => await RawConnection.OpenAsync(Address);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Intake.DisposeAsync();
        await _server.DisposeAsync();
        _privacy.Dispose();
        Metrics.Dispose();
    }
}

/// <summary>A socket that speaks to the server byte by byte.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private readonly Socket _socket;

    private RawConnection(Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(Uri server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port, TestContext.Current.CancellationToken);
        return new RawConnection(socket);
    }

    /// <summary>False where the server has closed the connection.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _socket.SendAsync(bytes, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public Task<bool> SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>What comes next; empty where the server has closed the connection.</summary>
    public async Task<string> ReadAsync()
    {
        var buffer = new byte[64 << 10];
        try
        {
            var count = await _socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(Waiting.Limit);
            return Encoding.UTF8.GetString(buffer, 0, count);
        }
        catch (SocketException)
        {
            return "";
        }
    }

    /// <summary>Everything until the server closes the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var all = new StringBuilder();
        while (await ReadAsync() is { Length: > 0 } part) all.Append(part);
        return all.ToString();
    }

    /// <summary>Says that nothing more comes.</summary>
    public void EndSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // the server was quicker
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
