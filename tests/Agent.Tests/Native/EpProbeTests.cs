using System.Diagnostics;

namespace EdgeAgent.Tests.Native;

/// <summary>native/ep-probe, built against the ONNX Runtime package this build uses.</summary>
public sealed class EpProbeTests
{
    [Fact]
    public async Task EpProbe_StockRuntime_RunsOnTheCpuAndRefusesTensorRt()
    {
        var package = Path.Combine(Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
            "microsoft.ml.onnxruntime");
        if (!Directory.Exists(package)) Assert.Skip("the ONNX Runtime package is not in the NuGet cache");
        if (!File.Exists("/usr/bin/cmake") || !File.Exists("/usr/bin/g++")) Assert.Skip("cmake or g++ is not installed");
        using var build = new TemporaryDirectory();
        var root = Directory.GetDirectories(package).Order(StringComparer.Ordinal).Last();
        await RunAsync("cmake", 0, "-S", Path.Combine(SharedData.Repository, "native"), "-B", build.Path, $"-DONNXRUNTIME_ROOT={root}");
        await RunAsync("cmake", 0, "--build", build.Path);
        Assert.Contains("CPU: works", await RunAsync(build.File("ep-probe"), 0), StringComparison.Ordinal);
        await RunAsync(build.File("ep-probe"), 1, "TensorRT");
        await RunAsync(build.File("ep-probe"), 2, "Abacus");
    }

    private static async Task<string> RunAsync(string program, int expected, params string[] arguments)
    {
        using var process =
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == expected, $"{program} ended with {process.ExitCode}: {output}{await error}");
        return output;
    }
}
