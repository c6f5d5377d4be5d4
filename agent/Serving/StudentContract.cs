using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Serving;

/// <summary>What callers of the student's chat client may rely on beyond <see cref="Microsoft.Extensions.AI.IChatClient"/>.</summary>
internal static class StudentContract
{
    /// <summary>Names in a request's additional properties: float, float, and a TimeProvider timestamp (long).</summary>
    public const string MinP = "min_p", RepetitionPenalty = "repetition_penalty", Deadline = "deadline";

    /// <summary>
    /// Names in a request's additional properties that give the answer a form, one of them at most: a regular expression (string) and
    /// a list of texts (IReadOnlyList&lt;string&gt;). A JSON form is <see cref="Microsoft.Extensions.AI.ChatOptions.ResponseFormat"/>.
    /// </summary>
    public const string GuidedRegex = "guided_regex", GuidedChoice = "guided_choice";

    /// <summary>
    /// Name in a request's additional properties: how many of the likeliest tokens to tell beside each token (int). Then updates hold
    /// <see cref="Logprobs"/>, a list of <see cref="TokenProbability"/>, one for each token since the last update.
    /// </summary>
    public const string TopLogprobs = "top_logprobs", Logprobs = "logprobs";

    /// <summary>
    /// Names in a request's additional properties: who asks (string), whether it is a safety query (bool), and the domain (string):
    /// requests of different ones share no prefix.
    /// </summary>
    public const string Client = "client", IsSafety = "safety", Domain = "domain";

    /// <summary>
    /// Names in an update's additional properties: milliseconds spent in the decoder so far (double), tokens so far (int).
    /// </summary>
    public const string InferenceMilliseconds = "inference_ms", Tokens = "tokens";

    /// <summary>Release (long) and digest (string) of the bundle that answers: during a trial they tell two students apart.</summary>
    public const string Release = "release", Digest = "digest";

    /// <summary>Present while a trial runs (bool): whether the student on trial answers.</summary>
    public const string OnTrial = "on_trial";

    /// <summary>Stop strings a request may have, and characters each may have.</summary>
    public const int MaxStops = SamplingOptions.MaxStops, MaxStopLength = SamplingOptions.MaxStopLength;
}
