namespace EdgeAgent.Answers;

/// <summary>Words that greet, ask and join: a question is the same with them or without. Which question word it is <see cref="CriticalWords"/> looks at.</summary>
internal static class LightWords
{
    private static readonly HashSet<string> All = [
        .. "a an the i we you me my our your it its this that these those there here is are was were be been am do does did have has had can could would will may might shall please thanks thank hello hi hey excuse sorry ok okay so and then just tell know need want like help of for in at by with about as what how where when why which who find located mean means happens happen exactly actually really currently show explain".Split(' '),
        .. "请问你好您谢的了吗呢啊吧呀我们这那个一下麻烦师傅是和跟与就还想要知道告诉到怎么样如何什啥咋为找".Select(c => c.ToString())];

    public static bool Has(string token) => All.Contains(token);
}
