namespace EdgeAgent.Knowledge.Storage;

/// <summary>A library cannot be used. Says what was expected and found, and what to do.</summary>
internal sealed class LibraryException(string message, Exception? cause = null) : Exception(message, cause);
