using System.Globalization;
using System.Numerics;

namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// The student does not fit into the memory it may use; the message says what needs how much and which setting to change.
/// </summary>
internal sealed class StudentMemoryException(string message) : Exception(message);

/// <summary>What a student needs.</summary>
/// <param name="Weights">Bytes of its weights.</param>
/// <param name="TokenBytes">Bytes of one token's keys and values in all layers.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Wanted">Tokens a row should hold.</param>
/// <param name="IsAsked">Whether somebody asked for this number, so that fewer would be an error.</param>
/// <param name="Prefixes">Bytes that the prefix cache may grow to.</param>
internal readonly record struct StudentNeed(long Weights, long TokenBytes, int Rows, int Wanted, bool IsAsked, long Prefixes = 0);

/// <summary>
/// How many tokens a row can hold in the memory there is. The cache takes memory as it is used: the budget is what it may grow to.
/// </summary>
internal static class CacheBudget
{
    /// <summary>Tokens below which a default is not lowered.</summary>
    public const int MinContext = 256;

    private const double Mega = 1e6;

    /// <param name="need">What the student needs.</param>
    /// <param name="limit">Most bytes the cache may take; 0: half of the memory that is free beside the weights, or all of it for a context
    /// that was asked for.</param>
    /// <param name="free">Free bytes; null where the system does not say.</param>
    /// <returns>Tokens a row holds, at most what is wanted.</returns>
    /// <exception cref="StudentMemoryException">The weights do not fit, or the context that was asked for, or <see
    /// cref="MinContext"/>.</exception>
    public static int Context(StudentNeed need, long limit, long? free)
    {
        if (free < need.Weights)
            throw new StudentMemoryException(Text(
                $"the student's weights need {need.Weights / Mega:F0} MB, and {free / Mega:F0} MB of memory are free: stop other ") +
                "programs, or use a smaller student");
        var beside = free is { } bytes ? Math.Max(0, bytes - need.Weights - need.Prefixes) : long.MaxValue;
        var budget = limit > 0 ? Math.Min(limit, beside) : need.IsAsked || free is null ? beside : beside / 2;
        var fits = budget / (need.Rows * need.TokenBytes);
        if (fits >= need.Wanted) return need.Wanted;
        // a power of two: prepared models depend on the context, and free memory differs from start to start
        if (!need.IsAsked && fits >= MinContext) return (int)BitOperations.RoundUpToPowerOf2((ulong)fits + 1) / 2;
        var least = need.IsAsked ? need.Wanted : Math.Min(MinContext, need.Wanted);
        throw new StudentMemoryException(Text(
            $"{need.Rows} rows of {least} tokens need {need.Rows * need.TokenBytes * least / Mega:F0} MB for their keys and values, and ") +
            Text($"{budget / Mega:F0} MB may be used ({Source(need, limit, free)}): lower Student:Rows or Student:Context") +
            (need.Prefixes > 0 && free is not null ? ", or Student:PrefixCacheMegabytes" : "") +
            (limit > 0 && limit <= beside ? ", or raise Student:CacheLimit" : ""));
    }

    private static string Source(StudentNeed need, long limit, long? free)
    {
        if (limit > 0 && !(free - need.Weights - need.Prefixes < limit)) return "Student:CacheLimit";
        var shared = need.IsAsked || limit > 0 ? "" : ", and half of the rest is left to others";
        var prefixes = need.Prefixes > 0 ? Text($", the prefix cache up to {need.Prefixes / Mega:F0} MB") : "";
        return Text($"of {free / Mega:F0} MB free memory the weights take {need.Weights / Mega:F0} MB{prefixes}{shared}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
