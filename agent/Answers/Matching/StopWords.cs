namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Words that greet, ask and join: a question is the same with them or without. Which question word it is
/// <see cref="CriticalTerms"/> looks at.
/// </summary>
internal static class StopWords
{
    private static readonly HashSet<string> All = [
        .. "a an the i we you me my our your it its this that these those there here is are was were be been am do does did have has had can could would will may might shall please thanks thank hello hi hey excuse sorry ok okay so and then just tell know need want like help of for in at by with about as what how where when why which who find located mean means happens happen exactly actually really currently show explain".Split(' '),
        .. "请问你好您谢的了吗呢啊吧呀我们这那个麻烦师傅是和跟与就想要知道告诉到怎么样如何什啥咋为找".Select(c => c.ToString())];

    public static bool Has(string token) => All.Contains(token);

    /// <summary>
    /// The same within a text: should says something alone, nothing behind a question word (how should I); 一下 is polite, 下 is down.
    /// </summary>
    public static bool Has(IReadOnlyList<string> tokens, int i) => All.Contains(tokens[i]) || tokens[i] switch
    {
        "should" => i > 0 && Asking.Contains(tokens[i - 1]),
        "下" => i > 0 && tokens[i - 1] == "一",
        "一" => i + 1 < tokens.Count && tokens[i + 1] == "下",
        _ => false,
    };

    private static readonly HashSet<string> Asking = ["what", "how", "where", "when", "why", "which", "who", "often", "much", "many",
        "long"];
}
