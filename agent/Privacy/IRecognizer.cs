namespace EdgeAgent.Privacy;

/// <summary>
/// Finds one kind of personal or secret data. Immutable and safe for concurrent use; time is linear in the text whatever the text
/// is. A built-in one stands in one of the lists of <see cref="Patterns.BuiltinRecognizers"/>.
/// </summary>
internal interface IRecognizer
{
    /// <summary>Unique; findings have it, and Privacy:Disabled switches the recognizer off by it.</summary>
    string Name { get; }

    /// <summary>
    /// Characters or words, compared without case, one of which is in every text with a finding: streamed answers without any are
    /// shown unread. Empty: nothing can be said, every text is read.
    /// </summary>
    IReadOnlyList<string> Cues { get; }

    /// <summary>Adds what is found.</summary>
    /// <param name="findings">May hold findings of other recognizers.</param>
    void Find(NormalizedText text, List<Finding> findings);
}
