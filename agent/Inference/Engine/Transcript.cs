using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Inference.Engine;

/// <summary>An answer's text, token by token: detokenization, stop strings, and the think block kept apart.</summary>
internal sealed class Transcript(Tokenizer tokenizer, GenerationRequest request)
{
    private readonly IncrementalDetokenizer _text = new(tokenizer, request.Sampling.Stop);
    private readonly IncrementalDetokenizer _reasoning = new(tokenizer, []); // stop strings do not apply to the think block
    private bool _skipsSpace; // a think block precedes the answer: white space at the answer's start is dropped

    /// <summary>What can be shown after a step; the answer's end where the step or a stop string ended it.</summary>
    public GenerationEvent Add(in StepResult result)
    {
        var (text, reasoning) = ("", "");
        if (result.IsHidden)
        {
            _skipsSpace = request.Constraint is null; // a form says where the answer has spaces
            if (result.IsReasoning && result.Finish is null) reasoning = _reasoning.Add(result.Id);
        }
        else if (result.Id >= 0)
        {
            text = _text.Add(result.Id);
            if (_skipsSpace && (text = text.TrimStart()).Length > 0) _skipsSpace = false;
        }
        var finish = _text.Stopped ? FinishReason.Stop : result.Finish;
        // text still held back belongs to a whole answer
        if (finish is FinishReason.Stop or FinishReason.Length) text += _text.Finish();
        return new GenerationEvent(text, result.Id, result.Tokens, result.Inference, finish, result.Error, reasoning, result.Logprob);
    }
}
