using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Mqtt;

/// <summary>A real mosquitto on a free loopback port, with persistence, that can be stopped and started again.</summary>
internal sealed class Mosquitto : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private Process? _process;

    private Mosquitto(string configuration, bool tls)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Broker = new BrokerAddress("127.0.0.1", ((IPEndPoint)probe.LocalEndPoint!).Port, tls);
        // mosquitto run by root becomes its own user: its folder must be that user's to write
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);
        File.WriteAllText(_directory.File("m.conf"),
            $"""
            listener {Broker.Port} 127.0.0.1
            {configuration}
            {(configuration.Contains("allow_anonymous", StringComparison.Ordinal) ? "" : "allow_anonymous true")}
            persistence true
            persistence_location {_directory.Path}/
            max_queued_messages 10000

            """);
    }

    public BrokerAddress Broker { get; }

    /// <summary>Starts it, or skips the test where it is not installed.</summary>
    /// <param name="configuration">Further lines of the listener's configuration.</param>
    public static async Task<Mosquitto> StartAsync(string configuration = "", bool tls = false)
    {
        if (Find("mosquitto") is null) Assert.Skip("mosquitto is not installed");
        var mosquitto = new Mosquitto(configuration, tls);
        await mosquitto.StartAgainAsync();
        return mosquitto;
    }

    public static string? Find(string program) =>
        new[] { "/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin" }.Select(d => Path.Combine(d, program))
            .FirstOrDefault(File.Exists);

    public async Task StartAgainAsync()
    {
        _process =
            Process.Start(new ProcessStartInfo(Find("mosquitto")!, ["-c", _directory.File("m.conf")])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true
            })!;
        // a pipe that nobody reads would stop the broker when it is full
        var said = _process.StandardError.ReadToEndAsync();
        _ = _process.StandardOutput.ReadToEndAsync();
        for (var i = 0; i < 500; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, Broker.Port);
                return;
            }
            catch (SocketException)
            {
                Assert.False(_process.HasExited, _process.HasExited ? await said : "");
                await Task.Delay(10);
            }
        }
        throw new TimeoutException("mosquitto does not listen");
    }

    /// <summary>
    /// SIGTERM: it saves its sessions and queued messages. Repeated, because mosquitto forgets one that comes after it listens and before
    /// its loop begins.
    /// </summary>
    public async Task StopAsync()
    {
        if (_process is not { } process) return;
        while (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!;
            await kill.WaitForExitAsync();
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(1)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        _directory.Dispose();
    }
}
