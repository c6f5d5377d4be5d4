namespace EdgeAgent.Privacy.Measuring;

/// <summary>A text with its entities.</summary>
/// <param name="Text">The text.</param>
/// <param name="Spans">UTF-16 positions, end exclusive, in order; types as the file names them.</param>
public sealed record LabelledText(string Text, IReadOnlyList<(int Start, int End, string Type)> Spans);
