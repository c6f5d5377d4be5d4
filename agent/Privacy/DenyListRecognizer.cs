using System.Buffers;

namespace EdgeAgent.Privacy;

/// <summary>Finds texts of a list, compared without case, wherever they stand (Privacy:Deny). The longest that fits is taken.</summary>
/// <param name="type">Type of the findings.</param>
/// <param name="values">At least one.</param>
internal sealed class DenyListRecognizer(string type, IReadOnlyList<string> values) : IRecognizer
{
    private readonly SearchValues<string> _any = SearchValues.Create([.. values], StringComparison.OrdinalIgnoreCase);
    private readonly IReadOnlyList<string> _longestFirst = [.. values.OrderByDescending(v => v.Length)];

    public string Name => "deny-list";

    public IReadOnlyList<string> Cues => values;

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        for (var from = 0; from < s.Length;)
        {
            var found = s.AsSpan(from).IndexOfAny(_any);
            if (found < 0) return;
            var start = from + found;
            var value = _longestFirst.First(v => s.AsSpan(start).StartsWith(v, StringComparison.OrdinalIgnoreCase));
            findings.Add(new Finding(text.Start(start), text.End(start + value.Length), type, 1, Name, Validated: true));
            from = start + value.Length;
        }
    }
}
