using System.Diagnostics;
using System.Text.RegularExpressions;

namespace EdgeAgent.Tests.Native;

/// <summary>
/// native/onnxruntime/build.sh: the dry run on this machine, and the whole recipe with fake tools that reject calls they do not know. It
/// was never run on a Jetson.
/// </summary>
public sealed partial class OnnxRuntimeRecipeTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [Theory]
    [InlineData("7.2", "13.2", "10.16", "2.39")]
    [InlineData("6.2", "12.6", "10.3", "2.35")]
    public async Task DryRun_AnyMachine_PrintsEveryStepAndChangesNothing(string jetPack, string cuda, string tensorRt, string glibc)
    {
        Put("none/proc/meminfo", "MemAvailable: 12582912 kB\n");
        string[] arguments = ["--jetpack", jetPack, "--dry-run", "--work", _folder.File("work"), "--out", _folder.File("out"), "--root",
            _folder.File("none")];
        var (exit, text) = await RunAsync([], arguments);
        Assert.True(exit == 0, text);
        for (var step = 1; step <= 8; step++) Assert.Contains($"\n{step}. ", text, StringComparison.Ordinal);
        string[] named = [$"CUDA compiler: expected {cuda}", $"TensorRT: expected {tensorRt}", $"GLIBC_ at most {glibc}",
            "CMAKE_CUDA_ARCHITECTURES=87 ", "--use_tensorrt ", "--use_cuda ", "--nvcc_threads 1 ", "SHA256SUMS", "ThirdPartyNotices.txt",
            "--provider tensorrt", "Never run on a Jetson"];
        Assert.All(named, n => Assert.Contains(n, text.ReplaceLineEndings(" "), StringComparison.Ordinal));
        Assert.False(Directory.Exists(_folder.File("work")) || Directory.Exists(_folder.File("out")));
        Assert.Equal(1, (await RunAsync([], [.. arguments, "--strict"])).Exit);
    }

    /// <summary>The pinned commit is the one of the package that the agent is built with; neither may move alone.</summary>
    [Fact]
    public void Recipe_VersionAndCommit_AreThoseOfTheAgentsOwnPackage()
    {
        var recipe = File.ReadAllText(Script);
        var version = Pinned("version").Match(recipe).Groups[1].Value;
        Assert.Contains($"Include=\"Microsoft.ML.OnnxRuntime\" Version=\"{version}\"",
            File.ReadAllText(Path.Combine(SharedData.Repository, "Directory.Packages.props")), StringComparison.Ordinal);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var nuspec = Path.Combine(packages, "microsoft.ml.onnxruntime", version, "microsoft.ml.onnxruntime.nuspec");
        if (!File.Exists(nuspec)) Assert.Skip("the ONNX Runtime package is not in the NuGet cache");
        Assert.Contains($"commit=\"{Pinned("commit").Match(recipe).Groups[1].Value}\"", File.ReadAllText(nuspec), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_MachineThatHasEverything_BuildsCollectsAndProbes()
    {
        var environment = Fakes();
        var (exit, text) = await RunAsync(environment, Arguments);
        Assert.True(exit == 0, text);
        Assert.DoesNotContain("MISSING", text, StringComparison.Ordinal);
        Assert.Contains("2 compilers of 6144 MiB on 8 cores", text, StringComparison.Ordinal); // 15 GiB
        var sums = await File.ReadAllLinesAsync(_folder.File("out/SHA256SUMS"), TestContext.Current.CancellationToken);
        Assert.Equal(["libonnxruntime.so.1.31.1", "libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so",
            "libonnxruntime_providers_tensorrt.so"], sums.Select(s => s.Split("  ")[1]).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(_folder.File("out/LICENSE")) && File.Exists(_folder.File("out/include/onnxruntime_c_api.h")));
        var probes = await File.ReadAllLinesAsync(_folder.File("work/probe/calls"), TestContext.Current.CancellationToken);
        Assert.Equal(["cpu", "cuda", "tensorrt"], probes.Select(p => p.Split(' ')[^1]));
        Assert.Contains("--parallel 2 ", await File.ReadAllTextAsync(_folder.File("work/flags"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cmake", "cmake version 3.22.1", 1, "cmake: expected 3.28 or newer, found 3.22.1")]
    [InlineData("root/usr/include/aarch64-linux-gnu/NvInferVersion.h", "#define NV_TENSORRT_MAJOR 10\n#define NV_TENSORRT_MINOR 3", 1,
        "TensorRT: expected 10.16, found 10.3")]
    [InlineData("root/proc/meminfo", "MemAvailable: 4000000 kB", 1, "memory: expected 6144 MiB with swap for one compiler, found 3906 MiB")]
    [InlineData("commit", "0000000000000000000000000000000000000000", 3, "sources: expected commit")]
    [InlineData("known", "--config", 3, "flag --build_dir: this version's build.py does not know it")]
    public async Task Run_OneThingIsWrong_StopsAndSaysWhat(string what, string value, int expected, string message)
    {
        var environment = Fakes();
        if (what is "commit" or "known") File.WriteAllText(_folder.File(what), value);
        else if (what == "cmake") Tool("cmake", $"echo '{value}'");
        else File.WriteAllText(_folder.File(what), value);
        var (exit, text) = await RunAsync(environment, Arguments);
        Assert.True(exit == expected, text);
        Assert.Contains(message, text, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("work/flags")), "the build was begun");
    }

    [Theory]
    [InlineData("--jetpack", "5.1")]
    [InlineData("--jetpack", "7.2", "--jobs", "0")]
    [InlineData("--jetpack", "7.2", "--colour", "red")]
    public async Task Run_WrongUsage_EndsWithTwo(params string[] arguments) => Assert.Equal(2, (await RunAsync([], arguments)).Exit);

    private string[] Arguments => ["--jetpack", "7.2", "--work", _folder.File("work"), "--out", _folder.File("out"), "--root",
        _folder.File("root")];

    private static string Script => Path.Combine(SharedData.Repository, "native", "onnxruntime", "build.sh");

    private static Regex Pinned(string name) => new($"^{name}=(\\S+)$", RegexOptions.Multiline);

    private void Tool(string name, string body)
    {
        var path = _folder.File($"bin/{name}");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/bin/bash\n{body}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    private void Put(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(path))!);
        File.WriteAllText(_folder.File(path), text);
    }

    /// <summary>A Jetson with JetPack 7.2 as far as the recipe looks; "git clone" brings a "build.sh" that makes four libraries.</summary>
    private Dictionary<string, string> Fakes()
    {
        var recipe = File.ReadAllText(Script);
        Put("commit", Pinned("commit").Match(recipe).Groups[1].Value);
        Put("known", string.Join(' ', LongFlag().Matches(recipe).Select(m => m.Value)));
        Put("root/etc/nv_tegra_release", "# R39 (release), REVISION: 2.0, GCID: 0, BOARD: generic, EABI: aarch64, DATE: none\n");
        Put("root/proc/meminfo", "MemAvailable: 12582912 kB\nSwapFree: 3145728 kB\n");
        Put("root/usr/include/aarch64-linux-gnu/cudnn_version.h", "#define CUDNN_MAJOR 9\n");
        Put("root/usr/include/aarch64-linux-gnu/NvInferVersion.h",
            "#define NV_TENSORRT_MAJOR 10 //!< major\n#define NV_TENSORRT_MINOR 16 //!<\n");
        Tool("../root/usr/local/cuda/bin/nvcc", "echo 'Cuda compilation tools, release 13.2, V13.2.1'");
        Tool("uname", "[ \"$1\" = -m ] && echo aarch64");
        Tool("nproc", "echo 8");
        Tool("ldd", "echo 'ldd (Ubuntu GLIBC 2.39-0ubuntu8) 2.39'");
        Tool("g++", "[ \"$1\" = -dumpfullversion ] && echo 13.3.0");
        Tool("python3", "echo 'Python 3.12.3'");
        Tool("df", "printf 'head\\nx 1 1 90000 1%% /\\n'");
        Tool("cmake", """
            case "$1 $2" in
              "--version ") echo "cmake version 3.28.3" ;;
              "-S "*) mkdir -p "$4" ;;
              "--build "*) printf '#!/bin/bash\necho "$@" >>"$(dirname "$0")/calls"\n' >"$2/ep-probe"; chmod +x "$2/ep-probe" ;;
              *) echo "cmake: unexpected $*" >&2; exit 9 ;;
            esac
            """);
        Tool("git", $$"""
            case "$1" in
              --version) echo "git version 2.43.0" ;;
              clone) for target; do :; done
                mkdir -p "$target/tools/ci_build" "$target/include/onnxruntime/core/session"
                touch "$target/LICENSE" "$target/ThirdPartyNotices.txt" "$target/VERSION_NUMBER"
                touch "$target/include/onnxruntime/core/session/onnxruntime_c_api.h"
                sed 's/ /\n/g; s/--[a-z_]*/"&"/g' "{{_folder.Path}}/known" >"$target/tools/ci_build/build_args.py"
                cat >"$target/build.sh" <<'END'
            #!/bin/bash
            while [ $# -gt 0 ]; do [ "$1" = --build_dir ] && dir=$2; echo -n "$1 "; shift; done >flags
            mkdir -p "$dir/Release"; mv flags "$dir/../flags"
            for name in .so.1.31.1 _providers_shared.so _providers_cuda.so _providers_tensorrt.so; do
              cp "$(ls /lib/*-linux-gnu/libdl.so.2)" "$dir/Release/libonnxruntime$name"
            done
            END
                chmod +x "$target/build.sh" ;;
              -C) [ "$3 $4" = "rev-parse HEAD" ] && cat "{{_folder.Path}}/commit" ;;
              *) echo "git: unexpected $*" >&2; exit 9 ;;
            esac
            """);
        return new Dictionary<string, string> { ["PATH"] = $"{_folder.File("bin")}:{Environment.GetEnvironmentVariable("PATH")}" };
    }

    private async Task<(int Exit, string Text)> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Script, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await error);
    }

    [GeneratedRegex("--[a-z_]+")]
    private static partial Regex LongFlag();

    public void Dispose() => _folder.Dispose();
}
