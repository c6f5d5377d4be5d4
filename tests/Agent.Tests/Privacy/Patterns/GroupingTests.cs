using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy.Patterns;

/// <summary>Numbers in groups: identity numbers, credit codes, cards, accounts, passports.</summary>
public sealed class GroupingTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    /// <summary>The right check character, or a context word.</summary>
    [Theory]
    [InlineData("身份证 [[440301 19920830 2178]]")]
    [InlineData("身份证 [[4403 0119 9208 3021 78]]")]
    [InlineData("身份证 [[440301-19920830-2178]]")]
    [InlineData("身份证 [[440301.19920830.2178]]")]
    [InlineData("身份证:[[440301 1992 0830 2178]]")]
    [InlineData("[[440301 19920830 2178]]")]
    [InlineData("身份证 [[4403011992 08302178]]")]
    [InlineData("身份证[[440301 19920830 2179]]")]
    [InlineData("信用代码 [[9135 0100 M000 100Y 43]]")]
    [InlineData("[[91-350100-M000100Y4-3]]")]
    [InlineData("统一社会信用代码[[91350100 M000100Y4 3]]")]
    [InlineData("卡号[[6222-0212-3456-7890-128]]")]
    [InlineData("卡号[[6222.0212.3456.7890.128]]")]
    [InlineData("card [[4111 1111 1111 1111]] 12/26")]
    [InlineData("卡号 [[4111111111111111]] 25 年到期")]
    [InlineData("IBAN [[GB82-WEST-1234-5698-7654-32]]")]
    [InlineData("IBAN [[GB82 WEST 1234 5698 7654 32]] please pay")]
    [InlineData("IBAN [[AT61 1904 3002 3457 3201]] wird")]
    [InlineData("护照 [[E 1234 5678]]")]
    [InlineData("护照[[E1234 5678]]")]
    [InlineData("通行证 [[C1234 5678]]")]
    [InlineData("港澳通行证[[C12345678]]")]
    [InlineData("台胞证[[12345678]]")]
    [InlineData("IMEI [[49-015420-323751-8]]")]
    [InlineData("IMEI [[490154 20 323751 8]]")]
    public void Find_NumberInGroups_IsFoundWhole(string marked) =>
        Assert.Equal(marked, Marked.By(Patterns, marked));
}
