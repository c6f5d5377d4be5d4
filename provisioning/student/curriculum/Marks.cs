namespace EdgeAgent.Lab;

/// <summary>Special tokens of the student's conversation: user question, assistant answer, end.</summary>
internal static class Marks
{
    public const string Pad = "<|pad|>", User = "<|user|>", Assistant = "<|assistant|>", End = "<|end|>";

    /// <summary>A question and its answer as the student reads and writes them.</summary>
    public static string Turn(Example example) => User + example.Question.Trim() + Assistant + example.Answer + End;

    public static readonly string[] All = [Pad, User, Assistant, End];
}
