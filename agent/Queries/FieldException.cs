namespace EdgeAgent.Queries;

/// <summary>A field of a query is wrong; the message names it, and what it must be.</summary>
internal sealed class FieldException(string message) : Exception(message);
