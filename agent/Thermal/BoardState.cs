namespace EdgeAgent.Thermal;

/// <summary>What a board's lights and display show.</summary>
/// <param name="Level">The thermal level.</param>
/// <param name="IsAway">No student is loaded: the engine is being restarted, or the device is too hot.</param>
/// <param name="Celsius">The hottest temperature, C; null without one.</param>
/// <param name="Problem">What is wrong at present, in one line; null where all is well.</param>
internal sealed record BoardState(Level Level, bool IsAway, double? Celsius = null, string? Problem = null);
