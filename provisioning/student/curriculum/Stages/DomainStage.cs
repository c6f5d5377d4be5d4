namespace EdgeAgent.Lab;

/// <summary>
/// The cell's alarms, procedures and facts. Its held-out questions are those of the suites; alarms and topics are in both parts, since
/// the student must know them: what is held out are the sentences.
/// </summary>
internal sealed class DomainStage(Corpus corpus, QuestionSampler sampler) : IStage
{
    private readonly IReadOnlyList<Example> _heldOut = [.. HeldOut.Examples(corpus)];

    public Example Next(Random random, Part part) => part == Part.Train ? sampler.Next(random) : Draw.From(random, _heldOut);
}
