using System.Diagnostics;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Tests.Native;

/// <summary>native/ep-probe with the ONNX Runtime package that this build uses.</summary>
public sealed class EpProbeTests(EpProbeTests.BuiltProbe probe) : IClassFixture<EpProbeTests.BuiltProbe>
{
    [Fact]
    public async Task Probe_StockLibrary_ComputesInt4RightAndReportsItself()
    {
        var report = await probe.RunAsync(0, "--allocate", "64");
        Assert.Equal("works", (string?)report["result"]);
        Assert.StartsWith("1.", (string?)report["library"]!["version"], StringComparison.Ordinal);
        Assert.Contains("CPUExecutionProvider", report["library"]!["providers"]!.AsArray().Select(p => (string?)p));
        Assert.Equal("arithmetic", (string?)report["comparison"]!["with"]);
        Assert.True((bool)report["comparison"]!["agrees"]!);
        Assert.Equal(64, (int)report["allocation"]!["mib"]!);
    }

    [Theory]
    [InlineData(4, "built without TensorrtExecutionProvider", "--provider", "tensorrt")]
    [InlineData(4, "built without CUDAExecutionProvider", "--provider", "cuda")]
    [InlineData(3, "cannot be loaded", "--library", "/nonexistent/libonnxruntime.so")]
    [InlineData(3, "invalid ELF header", "--library", "/etc/passwd")]
    [InlineData(2, "--provider expects cpu, cuda or tensorrt; found 'abacus'", "--provider", "abacus")]
    [InlineData(2, "--runs expects a whole number, 1..10000; found '3x'", "--runs", "3x")]
    [InlineData(2, "--tolerance expects a number, 0..1; found 'nan'", "--tolerance", "nan")]
    [InlineData(2, "'--model' lacks its value", "--model")]
    [InlineData(5, "cannot open the model", "--model", "/nonexistent/model.onnx")]
    [InlineData(6, "MiB available; expected 1048576 MiB", "--allocate", "1048576")]
    public async Task Probe_WhatGoesWrong_HasAnExitCodeAndARemedy(int exit, string problem, params string[] arguments)
    {
        var report = await probe.RunAsync(exit, arguments);
        Assert.Equal(("fails", exit), ((string?)report["result"], (int)report["exit"]!));
        Assert.Contains(problem, (string?)report["problem"], StringComparison.Ordinal);
        Assert.NotEmpty((string?)report["remedy"] ?? "");
    }

    /// <summary>
    /// Every form that `model export` writes runs on the CPU provider, step after step on its own cache, and agrees with the same graph
    /// without optimizations.
    /// </summary>
    [Theory]
    [InlineData(nameof(GraphForm.Cpu), FormExport.GraphFile, 3)]
    [InlineData(nameof(GraphForm.TensorRt), FormExport.DecodeFile, 2)]
    [InlineData(nameof(GraphForm.TensorRt), FormExport.PrefillFile, 1)]
    [InlineData(nameof(GraphForm.TensorRt103), FormExport.DecodeFile, 2)]
    [InlineData(nameof(GraphForm.TensorRt103), FormExport.PrefillFile, 1)]
    [InlineData(nameof(GraphForm.Cuda), FormExport.GraphFile, 3)]
    public async Task Probe_ExportedForm_RunsAndAgrees(string form, string file, int rows)
    {
        using var folder = new TemporaryDirectory();
        Export(Enum.Parse<GraphForm>(form), FloatPrecision.Fp32, folder.Path);
        var report = await probe.RunAsync(0, "--model", folder.File(file), "--rows", $"{rows}", "--runs", "3", "--threads", "1");
        Assert.True((int)report["comparison"]!["steps"]! >= 2, $"{report}");
        Assert.True((double)report["comparison"]!["max_abs_reference"]! > 0.1, $"{report}");
        Assert.True((int)report["inputs_of_the_cache"]! >= 2, $"{report}");
        Assert.True((bool)report["time"]!["cache_in_place"]!, $"{report}");
        Assert.True((double)report["time"]!["median_ms"]! > 0, $"{report}");
    }

    /// <summary>Another student's graph is told apart: what the comparison is for.</summary>
    [Fact]
    public async Task Probe_ReferenceThatSaysSomethingElse_Differs()
    {
        using TemporaryDirectory int4 = new(), other = new();
        Export(GraphForm.TensorRt, FloatPrecision.Fp32, int4.Path);
        Export(GraphForm.TensorRt, FloatPrecision.Fp32, other.Path);
        var weights = other.File("weights.safetensors");
        var bytes = await File.ReadAllBytesAsync(weights, TestContext.Current.CancellationToken);
        for (var i = bytes.Length / 2; i < bytes.Length / 2 + (256 << 10); i++) bytes[i] = 0;
        await File.WriteAllBytesAsync(weights, bytes, TestContext.Current.CancellationToken);
        var same = await probe.RunAsync(0, "--model", int4.File(FormExport.DecodeFile), "--reference", int4.File(FormExport.DecodeFile));
        var differs = await probe.RunAsync(1, "--model", int4.File(FormExport.DecodeFile), "--reference",
            other.File(FormExport.DecodeFile));
        Assert.False((bool)differs["comparison"]!["agrees"]!);
        Assert.True((bool)same["comparison"]!["agrees"]!);
    }

    private static void Export(GraphForm form, FloatPrecision precision, string folder)
    {
        using var bundle = Bundle.Open(Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent));
        FormExport.Write(bundle, new FormOptions { Form = form, Rows = 2, Context = 64, Chunk = 8, Precision = precision }, folder);
    }

    /// <summary>The probe, built once.</summary>
    public sealed class BuiltProbe : IAsyncLifetime
    {
        private readonly TemporaryDirectory _build = new();
        private string _root = "";

        public async ValueTask InitializeAsync()
        {
            var package = Path.Combine(Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
                "microsoft.ml.onnxruntime");
            if (!Directory.Exists(package) || !File.Exists("/usr/bin/cmake") || !File.Exists("/usr/bin/g++")) return;
            _root = Directory.GetDirectories(package).Order(StringComparer.Ordinal).Last();
            await StartAsync("cmake", 0, "-S", Path.Combine(SharedData.Repository, "native"), "-B", _build.Path,
                $"-DONNXRUNTIME_ROOT={_root}");
            await StartAsync("cmake", 0, "--build", _build.Path, "-j", "2");
        }

        /// <summary>Runs the probe with this build's library, unless another is given.</summary>
        internal async Task<JsonNode> RunAsync(int expected, params string[] arguments)
        {
            if (_root.Length == 0) Assert.Skip("cmake, g++ or the ONNX Runtime package is missing");
            var runtime = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier;
            string[] library = arguments.Contains("--library") ? []
                : ["--library", Path.Combine(_root, "runtimes", runtime, "native", "libonnxruntime.so")];
            return JsonNode.Parse(await StartAsync(_build.File("ep-probe"), expected, [.. library, .. arguments]))!;
        }

        private static async Task<string> StartAsync(string program, int expected, params string[] arguments)
        {
            using var process =
                Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == expected, $"{program} ended with {process.ExitCode}: {output}{await error}");
            return output;
        }

        public ValueTask DisposeAsync()
        {
            _build.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
