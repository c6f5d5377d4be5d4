using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeAgent.Fuzz;

/// <summary>
/// Runs inputs again, keeps one of each fault and makes it small. A fault is known by its exception and the agent's own methods it
/// passed through.
/// </summary>
internal sealed class Triage(FuzzTarget target)
{
    private const int MaxFrames = 3;
    private static readonly TimeSpan MaxMinimizing = TimeSpan.FromMinutes(1);

    /// <summary>The fault an input causes, or null.</summary>
    public string? FaultOf(byte[] input)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            target.Run(input);
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {string.Join(" < ", Frames(e))}";
        }
        return watch.Elapsed > FuzzTarget.MaxTime ? "takes too long" : null;
    }

    /// <summary>The smallest input of each fault, by the fault.</summary>
    public IReadOnlyDictionary<string, byte[]> Find(IEnumerable<string> files)
    {
        var found = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var input = File.ReadAllBytes(file);
            if (FaultOf(input) is not { } fault) continue;
            if (!found.TryGetValue(fault, out var known) || known.Length > input.Length) found[fault] = input;
        }
        return found.ToDictionary(f => f.Key, f => Minimize(f.Value, f.Key), StringComparer.Ordinal);
    }

    /// <summary>The file name of a finding: its exception and a digest of the fault.</summary>
    public static string NameOf(string fault) => string.Create(CultureInfo.InvariantCulture,
        $"{fault.Split(':', ' ')[0]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(fault)))[..8]}");

    /// <summary>Cuts out ever shorter pieces while the fault stays, for at most <see cref="MaxMinimizing"/>.</summary>
    private byte[] Minimize(byte[] input, string fault)
    {
        var watch = Stopwatch.StartNew();
        for (var piece = input.Length / 2; piece > 0; piece /= 2)
            for (var at = 0; at + piece <= input.Length && watch.Elapsed < MaxMinimizing;)
            {
                byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(at + piece)];
                if (FaultOf(shorter) == fault) input = shorter;
                else at += piece;
            }
        return input;
    }

    private static IEnumerable<string> Frames(Exception e) => new StackTrace(e).GetFrames()
        .Select(f => f.GetMethod()).Where(m => m?.DeclaringType?.FullName?.StartsWith("EdgeAgent.", StringComparison.Ordinal) == true)
        .Select(m => $"{m!.DeclaringType!.Name}.{m.Name}").Take(MaxFrames);
}
