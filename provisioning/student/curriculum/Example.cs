namespace EdgeAgent.Lab;

/// <summary>A question with its right answer.</summary>
/// <param name="Kind">What it practises, such as alarm, arithmetic or false-premise.</param>
/// <param name="Language">0 English, 1 Chinese.</param>
/// <param name="Facts">What an answer must contain to count as right; none for a refusal, whose whole text counts.</param>
internal sealed record Example(string Question, string Answer, string Kind, int Language, IReadOnlyList<string> Facts)
{
    /// <summary>The stage it belongs to, see <see cref="Stages"/>.</summary>
    public string Stage { get; init; } = Stages.Domain;

    /// <summary>The sentence it was made from.</summary>
    public string Template { get; init; } = "";

    /// <summary>What it is about; empty where only the sentence can be held out, as for the alarms that the student must know.</summary>
    public string Fact { get; init; } = "";
}
