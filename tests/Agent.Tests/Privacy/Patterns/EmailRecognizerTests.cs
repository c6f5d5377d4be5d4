using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy.Patterns;

/// <summary>E-mail addresses in any script.</summary>
public sealed class EmailRecognizerTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    /// <summary>Labels in Chinese, Japanese and Cyrillic, punycode, and a local part in Chinese.</summary>
    [Theory]
    [InlineData("[[zhang.san@例子.公司]]")]
    [InlineData("[[用户@例子.广告]]")]
    [InlineData("[[li.wei@例子.cn]]")]
    [InlineData("[[support@例え.jp]]")]
    [InlineData("[[li@xn--fiq228c.xn--fiqs8s]]")]
    [InlineData("[[李伟@example.com]]")]
    [InlineData("[[user@公司.cn]]")]
    [InlineData("[[name@пример.рф]]")]
    [InlineData("[[info@münchen.de]]")]
    [InlineData("邮箱[[zhang@abc.com]]请查收")]
    [InlineData("请发到[[李伟@example.com]]谢谢")]
    [InlineData("邮箱是[[王工@例子.公司]]请回复")]
    [InlineData("联系[[li@example.com]]或访问www.abc.cn")]
    [InlineData("发邮件给[[陈静@工厂.中国]]")]
    [InlineData("邮件:[[a.b@example.org]];[[c@d.cn]]")]
    public void Find_AddressInAnyScript_IsFoundWhole(string marked) =>
        Assert.Equal(marked, Marked.By(Patterns, marked));
}
