namespace EdgeAgent.Inference.Engine;

/// <summary>One request's work.</summary>
/// <param name="Prompt">Tokens to prefill.</param>
/// <param name="Answer">Expected tokens of the answer.</param>
/// <param name="Deviation">Standard deviation of the answer's tokens.</param>
internal readonly record struct RequestWork(double Prompt, double Answer, double Deviation);

/// <summary>What the device does in a second.</summary>
/// <param name="Rows">Rows of the decoder.</param>
/// <param name="StepSeconds">Seconds of a decode step by its number of rows; 0 before the first measurement.</param>
/// <param name="PromptSeconds">Seconds for each prompt token in full chunks; 0 before the first measurement.</param>
internal sealed record ServiceRates(int Rows, Func<int, double> StepSeconds, double PromptSeconds)
{
    /// <summary>Times as long that a step has taken lately with the prefill in it, 1 or more.</summary>
    public double Stretch { get; init; } = 1;

    /// <summary>Seconds of the whole engine that a request's work takes when every row is in use.</summary>
    public double EngineSeconds(RequestWork work) => work.Prompt * PromptSeconds + work.Answer * StepSeconds(Rows) / Rows;
}

/// <summary>
/// When requests will be served: replays the queue over the rows, one request after the other in the order of service. Pure.
/// The stepping thread does one thing at a time, so prefill and decode times add up in whatever order they are run.
/// </summary>
internal sealed class ServiceForecast(ServiceRates rates)
{
    private const double Deviations = 2; // allowed for in the sum of the answers ahead

    private readonly PriorityQueue<double, double> _ends = new(); // tokens from now after which each row is free
    private double _seconds, _tokens, _prompts, _answers, _variance;
    private int _started;

    /// <summary>Whether a request had to wait for a row.</summary>
    public bool IsCrowded { get; private set; }

    /// <summary>Adds a row that decodes, or that is being prefilled.</summary>
    /// <param name="left">What is left of its work.</param>
    public void Running(RequestWork left)
    {
        _seconds += left.Prompt * rates.PromptSeconds;
        _ends.Enqueue(left.Answer, left.Answer);
        _variance += left.Deviation * left.Deviation;
    }

    /// <summary>Gives the next request of the queue a row.</summary>
    /// <returns>Seconds from now until its first token.</returns>
    public double Start(RequestWork work)
    {
        if (_ends.Count >= rates.Rows)
        {
            var end = _ends.Dequeue();
            _seconds += Math.Max(0, end - _tokens) * rates.StepSeconds(rates.Rows);
            _tokens = Math.Max(_tokens, end);
            IsCrowded = true;
        }
        _seconds += work.Prompt * rates.PromptSeconds;
        _ends.Enqueue(_tokens + work.Answer, _tokens + work.Answer);
        (_started, _prompts, _answers) = (_started + 1, _prompts + work.Prompt, _answers + work.Answer);
        _variance += work.Deviation * work.Deviation;
        return _seconds;
    }

    /// <summary>Seconds from now until a request that is given the next row would end. Starts nothing.</summary>
    public double WouldEnd(RequestWork work)
    {
        var isFull = _ends.Count >= rates.Rows;
        var wait = isFull ? Math.Max(0, _ends.Peek() - _tokens) * rates.StepSeconds(rates.Rows) : 0;
        return _seconds + wait + work.Prompt * rates.PromptSeconds + Decode(work.Answer, isFull ? rates.Rows : _ends.Count + 1);
    }

    /// <summary>Seconds by which the answers ahead may take longer than expected.</summary>
    public double Uncertainty => IsCrowded
        ? Deviations * Math.Sqrt(_variance) / rates.Rows * rates.StepSeconds(rates.Rows) : 0;

    /// <summary>
    /// Seconds from the first token to the end of the request that was started last. While it decodes in a crowd, the other rows change
    /// hands, and each new request is prefilled in between: a step's time a step, and one more for each that waits, is the most that may
    /// take (<see cref="StepPlanner.PrefillSeconds"/>).
    /// </summary>
    public double Answer(double tokens) => Decode(tokens, IsCrowded ? rates.Rows : _ends.Count);

    private double Decode(double tokens, int rows)
    {
        var steps = tokens * rates.StepSeconds(rows);
        if (_started == 0 || rows < rates.Rows) return steps;
        var prefills = (rows - 1) * tokens / Math.Max(_answers / _started, 1) * (_prompts / _started) * rates.PromptSeconds;
        return Math.Max(steps * rates.Stretch, steps + Math.Min(prefills, steps * _started));
    }
}
