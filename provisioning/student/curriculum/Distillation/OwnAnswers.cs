namespace EdgeAgent.Lab;

/// <summary>Chooses what the second stage trains on. Pure.</summary>
internal static class OwnAnswers
{
    private static readonly LossShares Corrected = LossShares.Both with { Temperature = LossShares.OnPolicy.Temperature };

    /// <param name="own">The student's answers, without their end.</param>
    /// <param name="teachers">The teacher's.</param>
    /// <returns>Sequences of the questions that the teacher answered right.</returns>
    public static List<Row> Rows(IReadOnlyList<Example> examples, IReadOnlyList<int[]> questions, IReadOnlyList<List<int>> own,
        IReadOnlyList<List<int>> teachers, RowEncoder encoder)
    {
        var rows = new List<Row>();
        for (var i = 0; i < examples.Count; i++)
        {
            if (!AnswerCheck.IsRight(examples[i], encoder.Text(teachers[i]))) continue;
            rows.Add(Sequence(questions[i], own[i], LossShares.OnPolicy));
            if (!AnswerCheck.IsRight(examples[i], encoder.Text(own[i]))) rows.Add(Sequence(questions[i], teachers[i], Corrected));
        }
        return rows;

        Row Sequence(int[] question, List<int> answer, LossShares shares) =>
            new([.. question, .. answer, encoder.End], question.Length, null, shares);
    }
}
