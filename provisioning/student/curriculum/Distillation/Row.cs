using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Lab;

/// <summary>One sequence to train on.</summary>
/// <param name="Ids">Question with its marks, then the answer with its end.</param>
/// <param name="Question">Tokens of the question.</param>
/// <param name="Teacher">What the teacher says of each answer token; null where it was not asked.</param>
internal sealed record Row(int[] Ids, int Question, TeacherToken[]? Teacher, LossShares Shares);

/// <summary>Examples as token ids.</summary>
internal sealed class RowEncoder(Tokenizer tokenizer)
{
    private readonly int _user = tokenizer.IdOf(Marks.User)!.Value, _assistant = tokenizer.IdOf(Marks.Assistant)!.Value;

    public int End { get; } = tokenizer.IdOf(Marks.End)!.Value;

    public int[] Question(Example example) => [_user, .. tokenizer.Encode(example.Question.Trim()), _assistant];

    public (int[] Ids, int Question) Of(Example example)
    {
        var question = Question(example);
        return ([.. question, .. tokenizer.Encode(example.Answer), End], question.Length);
    }

    public string Text(IEnumerable<int> answer) => tokenizer.Decode([.. answer.TakeWhile(id => id != End)]);
}
