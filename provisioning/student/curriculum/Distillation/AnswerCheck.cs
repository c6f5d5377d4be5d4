namespace EdgeAgent.Lab;

/// <summary>Whether an answer is right, as <c>edge-agent eval</c> counts it: it holds every key fact. Pure.</summary>
internal static class AnswerCheck
{
    public static bool IsRight(Example example, string answer)
    {
        var said = Normal(answer);
        return example.Facts.Count > 0
            ? example.Facts.All(f => said.Contains(Normal(f), StringComparison.Ordinal))
            : said == Normal(example.Answer);
    }

    private static string Normal(string text) => string.Concat(text.Normalize(System.Text.NormalizationForm.FormKC)
        .Where(c => !char.IsWhiteSpace(c))).ToUpperInvariant();
}
