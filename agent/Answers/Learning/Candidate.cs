using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Learning;

/// <summary>A student's answer that may be worth keeping.</summary>
/// <param name="Id">The reply's answer id, which becomes the entry's.</param>
/// <param name="Model">Digest of the student that gave it.</param>
/// <param name="IsComplete">The answer ended by itself, at full length, on a device at level L0.</param>
/// <param name="IsPlain">One question alone, with no instructions, sampled greedily: the next one who asks would get the same.</param>
internal sealed record Candidate(string Id, Scrubbed Question, Scrubbed Answer, string Model, bool IsComplete, bool IsPlain)
{
    /// <summary>Version of the documents that were asked first; empty where there are none.</summary>
    public string DocumentsVersion { get; init; } = "";
}
