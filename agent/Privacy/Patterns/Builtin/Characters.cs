namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>Characters that built-in recognizers look for first, and what stands between the groups of a number.</summary>
internal static class Characters
{
    public const string Digits = "0123456789";

    /// <summary>A pattern of what may stand between two groups of a number: a blank, a hyphen, a dot, or nothing.</summary>
    public const string Gap = "[-. ]{0,3}";
}
