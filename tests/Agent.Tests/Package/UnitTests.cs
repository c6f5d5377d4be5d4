using System.Diagnostics;

namespace EdgeAgent.Tests.Package;

/// <summary>The systemd unit: a hung service does not stay hung, the GPU can be opened, and little else.</summary>
public sealed class UnitTests
{
    private static readonly string[] Lines = File.ReadAllLines(Scripts.Source("edge-agent.service"));

    private static string Value(string key) => Lines.Last(l => l.StartsWith($"{key}=", StringComparison.Ordinal))[(key.Length + 1)..];

    /// <summary>A hung .NET process survives SIGABRT; and the agent's own limit lies within what systemd waits for a start.</summary>
    [Fact]
    public void Watchdog_KillsWithSigkill()
    {
        Assert.Equal(("notify", "30", "SIGKILL"), (Value("Type"), Value("WatchdogSec"), Value("WatchdogSignal")));
        Assert.Equal(("15min", "15", "edge-agent-retry.timer"),
            (Value("StartLimitIntervalSec"), Value("StartLimitBurst"), Value("OnFailure")));
        Assert.True(File.Exists(Scripts.Source(Value("OnFailure"))));
    }

    /// <summary>
    /// ProtectClock= closes all devices before systemd 252 unless they are listed, and the JIT needs writable code. A list without one of
    /// these silently serves on the CPU of a Jetson.
    /// </summary>
    [Fact]
    public void Devices_OfAGpu_AreListed()
    {
        foreach (var device in new[] { "/dev/nvmap", "/dev/host1x-fence", "char-nv*", "char-drm", "char-dma_heap", "char-gpiochip" })
            Assert.Contains($"DeviceAllow={device} rw", Lines);
        Assert.DoesNotContain("PrivateDevices=yes", Lines);
        Assert.DoesNotContain("MemoryDenyWriteExecute=yes", Lines);
        var groups = File.ReadAllLines(Scripts.Source("sysusers.conf"));
        Assert.All(Value("SupplementaryGroups").Split(' '), g => Assert.Contains($"g {g} - -", groups));
    }

    [Fact]
    public async Task Exposure_BySystemdAnalyze_IsAtMost1Point5()
    {
        if (!File.Exists("/usr/bin/systemd-analyze")) Assert.Skip("needs systemd-analyze");
        var info = new ProcessStartInfo("/usr/bin/systemd-analyze",
            ["security", "--offline=true", "--threshold=15", "--no-pager", Scripts.Source("edge-agent.service")])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (error.Contains("unrecognized option", StringComparison.Ordinal)) Assert.Skip("needs systemd-analyze 250 or later");
        Assert.True(process.ExitCode == 0, await output + error);
    }
}
