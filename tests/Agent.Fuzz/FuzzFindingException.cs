namespace EdgeAgent.Fuzz;

/// <summary>A parser returned, but broke a promise that is no exception: a bound, or a result that cannot be.</summary>
internal sealed class FuzzFindingException(string message) : Exception(message);
