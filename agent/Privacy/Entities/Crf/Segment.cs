namespace EdgeAgent.Privacy.Entities.Crf;

/// <summary>A possible entity: positions from Start to before End.</summary>
/// <param name="Start">First position.</param>
/// <param name="End">Behind the last position.</param>
/// <param name="Type">Index in <see cref="EntityLabels.Types"/>.</param>
/// <param name="Score">Log weight.</param>
public readonly record struct Segment(int Start, int End, int Type, double Score);
