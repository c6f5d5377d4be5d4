namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>Characters that built-in recognizers look for first.</summary>
internal static class Characters
{
    public const string Digits = "0123456789";
}
