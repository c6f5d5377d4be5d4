namespace EdgeAgent.Tests;

/// <summary>
/// How many generated cases property tests run: few by default, EDGE_AGENT_FUZZ in the full run (tests/run --full sets 100,000).
/// </summary>
internal static class Fuzzing
{
    public static long Cases { get; } = long.TryParse(Environment.GetEnvironmentVariable("EDGE_AGENT_FUZZ"), out var n) ? n : 3_000;
}
