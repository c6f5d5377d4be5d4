using System.Diagnostics;
using System.Security.Cryptography;
using EdgeAgent.Bundles.Signing;

namespace EdgeAgent.Benchmarks;

/// <summary>
/// Verification of 4 GB in shards, compared with `openssl dgst -sha256` over the same files: both from the page cache, in turns, on
/// one core and on all. The best round of each counts, since noise can only slow a round down.
/// </summary>
internal static class SigningBenchmark
{
    private const int Files = 4, Rounds = 4;
    private const long FileBytes = 1L << 30, ShardBytes = 1 << 20;
    private const double OneCoreLimit = 0.7, AllCoresLimit = 1.3;

    public static int Run(bool check)
    {
        var directory = Directory.CreateTempSubdirectory("edge-agent-signing-").FullName;
        try
        {
            var model = Directory.CreateDirectory(Path.Combine(directory, "model")).FullName;
            var block = new byte[1 << 24];
            for (var f = 0; f < Files; f++)
            {
                using var stream = new FileStream(Path.Combine(model, $"weights-{f}.bin"), FileMode.CreateNew);
                for (var at = 0L; at < FileBytes; at += block.Length)
                {
                    new Random((int)(at >> 20) + f).NextBytes(block);
                    stream.Write(block);
                }
            }
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var signature = Path.Combine(directory, "model.sig");
            ModelSigner.SignWithKey(model, signature, key, new SignOptions { ShardSize = ShardBytes });
            File.WriteAllText(Path.Combine(directory, "key.pub"), key.ExportSubjectPublicKeyInfoPem());
            double openssl = double.MaxValue, one = double.MaxValue, all = double.MaxValue;
            for (var round = 0; round < Rounds; round++)
            {
                openssl = Math.Min(openssl, Seconds("openssl", ["dgst", "-sha256", .. Directory.GetFiles(model)]));
                string[] verify = [typeof(Cli.SigningCommands).Assembly.Location, "model", "verify", "key", "--public-key",
                    Path.Combine(directory, "key.pub"), "--signature", signature, model];
                one = Math.Min(one, Seconds("taskset", ["-c", "0", "dotnet", .. verify]));
                all = Math.Min(all, Seconds("dotnet", verify));
            }
            const double gigabytes = Files * FileBytes / 1e9;
            Console.WriteLine(
                $"{gigabytes:F1} GB in shards of 1 MiB, best of {Rounds} in turns, start-up included: openssl {gigabytes / openssl:F2} " +
                $"GB/s, verify on one core {gigabytes / one:F2} GB/s ({openssl / one:P0}), on {Environment.ProcessorCount} cores " +
                $"{gigabytes / all:F2} GB/s ({openssl / all:F2}x)");
            return check && (openssl / one < OneCoreLimit || openssl / all < AllCoresLimit) ? 1 : 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double Seconds(string program, string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }
}
