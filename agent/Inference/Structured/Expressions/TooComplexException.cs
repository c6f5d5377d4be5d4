namespace EdgeAgent.Inference.Structured.Expressions;

/// <summary>A format that could be read in so many ways at one place that following them all would hold up other answers.</summary>
internal sealed class TooComplexException() : Exception("the format can be read in too many ways at one place; bound it more simply");
