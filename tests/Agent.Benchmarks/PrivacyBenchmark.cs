using System.Diagnostics;
using EdgeAgent.Privacy;

namespace EdgeAgent.Benchmarks;

/// <summary>
/// Times desensitization on one thread: patterns alone, and patterns with entity models, by size of text; and patterns on inputs
/// that are built to be slow. The best of several rounds counts.
/// </summary>
internal static class PrivacyBenchmark
{
    private const string Mixed =
        "2026-11-24 08:12:05 张伟师傅报告三号机床主轴报警SP-14,电话13812345678,备件6204-2RS/C3已下单。 Please tell John Miller (john.miller@example.org, +49 " +
        "30 901820) that line 3 is down: torque 25 Nm, pressure 0.55 MPa, IP 10.20.30.40, serial MX-2004-77. G01 X12.500 Y-3.250 F200. " +
        "工号A10233,地址上海市浦东新区张江路88号。\n";

    public static int Run()
    {
        Desensitizer patterns = new(new PrivacyOptions(), entities: null), everything = Desensitizer.Create(new PrivacyOptions());
        foreach (var bytes in new[] { 1_200, 12_000, 100_000, 1_000_000, 10_000_000 })
        {
            var text = Repeat(Mixed, bytes);
            Console.WriteLine(
                $"{bytes / 1000.0,8:F1} KB of mixed text: patterns {Milliseconds(patterns, text),9:F2} ms, everything " +
                $"{Milliseconds(everything, text),9:F2} ms");
        }
        var line = Milliseconds(patterns, Repeat(Mixed, 1_000_000));
        foreach (var (name, unit) in new[] { ("digits", "1"), ("letters", "a"), ("digit groups", "1 2-3.4/"), ("half addresses", "a@"),
            ("marks", "e\u0301"), ("brackets", "<PERSON_"), ("colons", "a:b:") })
            Console.WriteLine(
                $"1 MB of {name}: patterns {Milliseconds(patterns, Repeat(unit, 1_000_000)):F0} ms " +
                $"({Milliseconds(patterns, Repeat(unit, 1_000_000)) / line:F2} of the mixed text's)");
        return 0;
    }

    private static string Repeat(string unit, int bytes) =>
        string.Concat(Enumerable.Repeat(unit, bytes / System.Text.Encoding.UTF8.GetByteCount(unit) + 1));

    private static double Milliseconds(Desensitizer desensitizer, string text)
    {
        var best = double.MaxValue;
        for (var round = 0; round < (text.Length < 50_000 ? 200 : 3); round++)
        {
            var clock = Stopwatch.StartNew();
            desensitizer.Find(text);
            best = Math.Min(best, clock.Elapsed.TotalMilliseconds);
        }
        return best;
    }
}
