namespace EdgeAgent.Lab;

/// <summary>Special tokens of the student's conversation: user question, assistant answer, end.</summary>
internal static class Marks
{
    public const string Pad = "<|pad|>", User = "<|user|>", Assistant = "<|assistant|>", End = "<|end|>";

    public static readonly string[] All = [Pad, User, Assistant, End];
}
