namespace EdgeAgent.Knowledge.Reading.Layout;

/// <summary>A glyph on a page. Lengths are points (1/72 inch); the origin is the page's lower left corner.</summary>
/// <param name="Base">Height of its base line.</param>
internal readonly record struct Glyph(string Value, double Left, double Right, double Base, double Size, bool IsBold);

/// <summary>Glyphs beside each other on one base line: a line of a column, or a cell of a table.</summary>
internal sealed record TextRun(string Text, double Left, double Right, double Base, double Size, bool IsBold);

/// <summary>A horizontal line that is drawn on a page.</summary>
internal readonly record struct Rule(double Left, double Right, double Height);

/// <summary>What stands on a page.</summary>
/// <param name="Number">From 1.</param>
internal sealed record PageRuns(int Number, double Width, double Height, IReadOnlyList<TextRun> Runs, IReadOnlyList<Rule> Rules);
