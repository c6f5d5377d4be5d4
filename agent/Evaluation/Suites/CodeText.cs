using System.Text.RegularExpressions;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>A function to write: its head and description, and a test of it.</summary>
internal sealed record CodeItem(string Id, string Prompt, string EntryPoint, string Test, string Solution);

/// <summary>Makes a program of what a student wrote. Pure.</summary>
internal static partial class CodeText
{
    /// <summary>Where a completion of a function's body ends: the next thing at the margin.</summary>
    public static readonly IReadOnlyList<string> Stops = ["\nclass ", "\ndef ", "\n#", "\nif ", "\nprint(", "\n@", "\n```"];

    /// <summary>The program that a completion of the head makes, with the test behind it.</summary>
    public static string FromCompletion(CodeItem item, string completion) => WithTest(item, item.Prompt + completion);

    /// <summary>The program that a chat answer makes: its first block of code, or all of it; a body alone goes behind the head.</summary>
    public static string FromChat(CodeItem item, string answer)
    {
        var match = Block().Match(answer);
        var code = match.Success ? match.Groups[1].Value : answer;
        var isWhole = Regex.IsMatch(code, $@"^\s*def\s+{Regex.Escape(item.EntryPoint)}\b", RegexOptions.Multiline);
        // a whole function may use what the head imports or defines before it
        return WithTest(item, isWhole ? $"{Before(item)}\n{code}" : item.Prompt + code);
    }

    public static string ChatPrompt(CodeItem item) =>
        $"Complete this Python function. Reply with the whole function in one block of code.\n\n```python\n{item.Prompt}```";

    private static string Before(CodeItem item)
    {
        var at = item.Prompt.IndexOf($"def {item.EntryPoint}", StringComparison.Ordinal);
        return at > 0 ? item.Prompt[..at] : "";
    }

    private static string WithTest(CodeItem item, string code) => $"{code}\n\n{item.Test}\n\ncheck({item.EntryPoint})\n";

    [GeneratedRegex(@"```(?:python|py)?[ \t]*\r?\n(.*?)(?:```|\z)", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Block();
}

/// <summary>The estimator of pass@k (Chen et al. 2021, equation 1). Pure.</summary>
internal static class PassAtK
{
    /// <summary>Probability that one of k samples, drawn without putting back from n of which c are right, is right.</summary>
    /// <exception cref="ArgumentOutOfRangeException">k is not 1..n, or c not 0..n.</exception>
    public static double Of(int n, int c, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, n);
        ArgumentOutOfRangeException.ThrowIfNegative(c);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(c, n);
        if (n - c < k) return 1;
        var none = 1.0;
        for (var i = n - c + 1; i <= n; i++) none *= 1 - (double)k / i;
        return 1 - none;
    }
}
