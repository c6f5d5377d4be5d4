namespace EdgeAgent.Inference.Engine;

/// <summary>
/// How many tokens answers take, from the latest ones. An answer that was cut at its limit says only that it would have been longer.
/// Not safe for concurrent use.
/// </summary>
internal sealed class AnswerLengths
{
    /// <summary>Answers that are remembered.</summary>
    public const int Capacity = 128;

    /// <summary>Most tokens expected of an answer before the first one was measured; half of its limit where that is less.</summary>
    public const int Usual = 128;

    /// <summary>Answers below which the longest one says little.</summary>
    private const int Few = 16;

    /// <summary>Answers cut below this are forgotten: they are probes and warm-ups.</summary>
    private const int MinCut = 16;

    private readonly (int Tokens, bool IsCut)[] _latest = new (int, bool)[Capacity];
    private readonly Dictionary<int, (double Mean, double Deviation)> _expected = []; // by limit, since the last answer
    private int _count;

    private ReadOnlySpan<(int Tokens, bool IsCut)> Latest => _latest.AsSpan(0, Math.Min(_count, Capacity));

    /// <summary>Adds an answer.</summary>
    /// <param name="isCut">Whether it ended at its limit.</param>
    public void Add(int tokens, bool isCut)
    {
        if (isCut && tokens < MinCut) return;
        _latest[_count++ % Capacity] = (tokens, isCut);
        _expected.Clear();
    }

    /// <summary>Expected tokens of an answer, and their standard deviation.</summary>
    /// <param name="max">Tokens after which it is cut.</param>
    public (double Mean, double Deviation) Expected(int max)
    {
        if (_expected.TryGetValue(max, out var expected)) return expected;
        return _expected[max] = Measure(max);
    }

    private (double Mean, double Deviation) Measure(int max)
    {
        if (_count == 0) return (Math.Min(max / 2.0, Usual), Math.Min(max / 2.0, Usual) / 2);
        double sum = 0, squares = 0;
        foreach (var sample in Latest)
        {
            var tokens = Within(sample, max);
            (sum, squares) = (sum + tokens, squares + tokens * tokens);
        }
        var mean = sum / Latest.Length;
        return (mean, Math.Sqrt(Math.Max(0, squares / Latest.Length - mean * mean)));
    }

    /// <summary>Tokens that an answer is not expected to exceed: the longest of the latest.</summary>
    public int Longest(int max)
    {
        if (_count == 0) return max;
        var longest = 1;
        foreach (var (tokens, isCut) in Latest)
        {
            if (isCut && tokens < max) return max;
            longest = Math.Max(longest, tokens);
        }
        return Math.Min(_count < Few ? 2 * longest : longest, max);
    }

    /// <summary>Tokens that are still to come: the mean, and what nine of ten answers exceed.</summary>
    /// <param name="answered">Tokens so far.</param>
    public (double Mean, double Least) Left(int answered, int max)
    {
        Span<double> longer = stackalloc double[Capacity];
        var count = 0;
        foreach (var sample in Latest)
            if (sample.Tokens > answered) longer[count++] = Math.Max(0, Within(sample, max) - answered);
        if (count == 0) return (Math.Max(0, Math.Min(max - answered, Usual)), 0);
        longer[..count].Sort();
        double sum = 0;
        foreach (var tokens in longer[..count]) sum += tokens;
        return (sum / count, longer[count / 10]);
    }

    /// <summary>Tokens of an answer like this one under another limit; between both where it was cut below that limit.</summary>
    private static double Within((int Tokens, bool IsCut) sample, int max) =>
        sample.IsCut && sample.Tokens < max ? (sample.Tokens + max) / 2.0 : Math.Min(sample.Tokens, max);
}
