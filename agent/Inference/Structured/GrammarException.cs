namespace EdgeAgent.Inference.Structured;

/// <summary>A format that cannot be compiled. An argument of the request is wrong, not the device.</summary>
/// <param name="place">Where in the request: a field and a JSON pointer, such as <c>response_format#/properties/a</c>.</param>
/// <param name="problem">What was expected and found.</param>
internal sealed class GrammarException(string place, string problem) : ArgumentException($"{place}: {problem}");
