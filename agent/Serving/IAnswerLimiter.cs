namespace EdgeAgent.Serving;

/// <summary>
/// Cuts a written answer as the student would have ended it. The student's chat client offers it through
/// <see cref="Microsoft.Extensions.AI.IChatClient.GetService"/>.
/// </summary>
internal interface IAnswerLimiter
{
    /// <param name="maxTokens">Tokens of the student's tokenizer; null: no limit.</param>
    /// <param name="stops">Strings before which the answer ends.</param>
    /// <returns>The text, and whether tokens ended it (<c>finish_reason</c> length).</returns>
    (string Text, bool IsCut) Limit(string text, int? maxTokens, IReadOnlyList<string> stops);
}
