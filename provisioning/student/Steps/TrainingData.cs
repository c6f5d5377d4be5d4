namespace EdgeAgent.Lab;

/// <summary>The training examples as rows, and the batch of each step.</summary>
internal sealed class TrainingData
{
    private readonly LabOptions _options;
    private readonly List<(int Start, List<int[]> Batches)> _passes = [];

    public TrainingData(LabFolder folder, RowEncoder encoder)
    {
        _options = folder.Options;
        Examples = DataSet.Read(LabFolder.Needed(folder.Train, "data"));
        Rows = [.. Examples.Select(e => encoder.Of(e)).Select(r => new Row(r.Ids, r.Question, null, LossShares.TaskOnly))];
        var longest = Rows.Max(r => r.Ids.Length);
        if (longest > _options.Context)
            throw new ArgumentException($"--context must be at least {longest}, the longest example, found {_options.Context}");
        Lengths = [.. Rows.Select(r => r.Ids.Length)];
    }

    public IReadOnlyList<Example> Examples { get; }
    public IReadOnlyList<Row> Rows { get; }
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>Indexes of the examples of a step, pass after pass over the data.</summary>
    public int[] Batch(int step)
    {
        while (_passes.Count == 0 || step >= _passes[^1].Start + _passes[^1].Batches.Count)
            _passes.Add((_passes.Count == 0 ? 0 : _passes[^1].Start + _passes[^1].Batches.Count,
                BatchPlan.Of(Lengths, _options.BatchTokens, _options.Seed, _passes.Count)));
        var (start, batches) = _passes.Last(p => p.Start <= step);
        return batches[step - start];
    }
}
