using static TorchSharp.torch;

namespace EdgeAgent.Lab;

/// <summary>Asks a teacher about the answers of sequences.</summary>
internal sealed class TeacherReader(StudentNet teacher, int k, double temperature)
{
    /// <returns>For each row what the teacher says of each of its answer tokens.</returns>
    public TeacherToken[][] Ask(IReadOnlyList<Row> rows)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        teacher.eval();
        var (ids, time) = TrainingStep.Padded(rows, teacher.Device);
        var logits = teacher.forward(ids).cpu().contiguous();
        var vocabulary = (int)logits.shape[2];
        var values = logits.data<float>().ToArray();
        return [.. rows.Select((row, b) => Enumerable.Range(row.Question, row.Ids.Length - row.Question)
            .Select(t => TopK.Of(values.AsSpan((b * time + t - 1) * vocabulary, vocabulary), k, temperature)).ToArray())];
    }
}
