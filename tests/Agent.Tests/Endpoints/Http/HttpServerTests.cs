using System.Globalization;
using System.Net;
using System.Text;
using EdgeAgent.Queries;
using EdgeAgent.Tests.Queries;

namespace EdgeAgent.Tests.Endpoints.Http;

/// <summary>
/// What no HTTP client sends: the server stays bounded and answers the next one. 10,000 malformed requests and 1,000 connections with
/// EDGE_AGENT_FULL.
/// </summary>
public sealed class HttpServerTests
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is not null;

    private const string Head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

    private static async Task AssertServesAsync(HttpRig rig)
    {
        using var response = await rig.AskAsync(HttpRig.Question());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Status of a raw response; 0 where the connection was closed without one.</summary>
    private static int Status(string response) =>
        response.Length > 12 ? int.Parse(response.AsSpan(9, 3), CultureInfo.InvariantCulture) : 0;

    [Fact]
    public async Task Requests_Malformed_AreRefusedOneByOne()
    {
        var student = new ScriptedStudent();
        await using var rig = await HttpRig.StartAsync(student);
        var random = new Random(7);
        var statuses = new SortedDictionary<int, int>();
        for (var i = 0; i < (IsFull ? 10_000 : 300); i++)
        {
            var request = Malformed(random, i);
            await using var connection = await rig.ConnectAsync();
            await connection.SendAsync(request);
            connection.EndSending(); // a request that is cut off ends here
            var status = Status(await connection.ReadToEndAsync());
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            Assert.True(status is 0 or >= 400 and < 500 or 505, $"{status} for {Encoding.Latin1.GetString(request)}");
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", statuses.Select(s => $"{s.Key}: {s.Value}")));
        Assert.Equal(0, student.Calls);
        await Waiting.ForAsync(() => rig.Intake.Running == 0);
        await AssertServesAsync(rig);
    }

    private static byte[] Malformed(Random random, int i)
    {
        string Noise(int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)random.Next(256))]);
        var question = HttpRig.Question();
        return Encoding.Latin1.GetBytes((i % 17) switch
        {
            0 => Noise(random.Next(1, 500)),
            1 => "GET / HTTP/9.9\r\n\r\n",
            2 => "GET /v1/models HTTP/1.1\r\n\r\n", // no host
            3 => $"{Head}Content-Length: -1\r\n\r\n",
            4 => $"{Head}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{question}",
            5 => $"{Head}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\nzz\r\n",
            6 => $"{Head}Transfer-Encoding: chunked\r\n\r\n{random.Next()}x\r\n{question}",
            7 => $"{Head}Content-Length: {question.Length + 10}\r\n\r\n{question}", // cut off
            8 => $"{Head}Content-Length: {question.Length}\r\n\r\n{question[..^1]}\0",
            9 => $"{Head}X: {new string('a', 20_000)}\r\n\r\n",
            10 => string.Concat(Head, string.Concat(Enumerable.Range(0, 200).Select(n => $"X{n}: 1\r\n")), "\r\n"),
            11 => $"GET /{new string('a', 9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            12 => $"{Head}Content-Length: 99999999999\r\n\r\n",
            13 => $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}", // no content type
            14 => $"{Head}Content-Length: 40\r\n\r\n{Noise(40)}",
            15 => $"{Head}Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n{question}", // a chunk of 64 GiB
            _ => $"{Head}Bad Header\r\n\r\n",
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_LargerThanAllowed_IsRefused(bool saysSo)
    {
        await using var rig = await HttpRig.StartAsync(queries: new QueryOptions { MaxPayloadBytes = 4096 });
        await using var connection = await rig.ConnectAsync();
        await connection.SendAsync(saysSo ? $"{Head}Content-Length: 5000\r\n\r\n"
            : $"{Head}Transfer-Encoding: chunked\r\n\r\n2000\r\n{new string('a', 0x2000)}\r\n");
        var response = await connection.ReadAsync();
        Assert.Equal(413, Status(response));
        if (!response.Contains("too_long", StringComparison.Ordinal)) response += await connection.ReadAsync();
        Assert.Contains("too_long", response, StringComparison.Ordinal);
        await AssertServesAsync(rig);
    }

    /// <summary>Whoever sends a head or a body drop by drop is cut off, and holds nobody else up.</summary>
    [Theory]
    [InlineData("POST /v1/chat")]
    [InlineData(Head + "Content-Length: 400\r\n\r\n{")]
    public async Task Client_ThatSendsDropByDrop_IsCutOff(string begin)
    {
        await using var rig = await HttpRig.StartAsync(change: o => o with
        {
            HeadTimeout = TimeSpan.FromSeconds(1),
            SlowGrace = TimeSpan.FromSeconds(1.5)
        });
        await using var connection = await rig.ConnectAsync();
        await connection.SendAsync(begin);
        await AssertServesAsync(rig);
        Assert.Contains(Status(await connection.ReadToEndAsync()), new[] { 0, 408, 504 });
        await AssertServesAsync(rig);
    }

    [Fact]
    public async Task Connections_MoreThanAllowed_AreClosedAndTheRestServed()
    {
        var max = IsFull ? 500 : 50;
        await using var rig = await HttpRig.StartAsync(change: o => o with { MaxConnections = max });
        var open = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 2 * max; i++)
            {
                var connection = await rig.ConnectAsync();
                open.Add(connection);
                await connection.SendAsync("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            var answers = new List<int>();
            foreach (var connection in open) answers.Add(Status(await connection.ReadAsync()));
            Assert.Equal(max, answers.Count(a => a == 404));
            Assert.Equal(max, answers.Count(a => a == 0));
        }
        finally
        {
            foreach (var connection in open) await connection.DisposeAsync();
        }
        // the places are free again
        for (var isServed = false; !isServed;)
            try
            {
                await AssertServesAsync(rig);
                isServed = true;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
    }

    /// <summary>A reader that stands still is cut off, and its query cancelled: no row of the engine waits for a socket.</summary>
    [Fact]
    public async Task Reader_ThatStandsStill_IsCutOffAndItsQueryCancelled()
    {
        var student = new EndlessStudent();
        await using var rig = await HttpRig.StartAsync(student, o => o with { MaxWaitingPieces = 16 });
        await using var connection = await rig.ConnectAsync();
        var body = HttpRig.Question("\"stream\":true");
        await connection.SendAsync($"{Head}Content-Length: {body.Length}\r\n\r\n{body}");
        await Waiting.ForAsync(() => student.IsCancelled && rig.Intake.Running == 0);
        await AssertServesAsync(rig);
    }

    [Fact]
    public async Task Start_PortTaken_SaysWhatToDo()
    {
        await using var rig = await HttpRig.StartAsync();
        var e = await Assert.ThrowsAsync<IOException>(() => HttpRig.StartAsync(change: o => o with { Listen = rig.Address.Authority }));
        Assert.Contains("Http:Listen", e.Message, StringComparison.Ordinal);
        Assert.Contains("in use", e.Message, StringComparison.Ordinal);
    }
}
