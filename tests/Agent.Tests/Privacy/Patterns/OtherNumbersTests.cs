using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy.Patterns;

/// <summary>A word that says what a number is outweighs a checksum that one number in ten passes.</summary>
public sealed class OtherNumbersTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    /// <summary>On both sides of the number; the nearer word decides.</summary>
    [Theory]
    [InlineData("料号 4012888888881881 库存多少")]
    [InlineData("订单号4012888888881881到哪了")]
    [InlineData("4012888888881881 是料号")]
    [InlineData("4012888888881881 (part no.)")]
    [InlineData("part no. 4012888888881881 in stock?")]
    [InlineData("Part number: 4111111111111111")]
    [InlineData("order 4012888888881881 status")]
    [InlineData("serial no 6011000990139424")]
    [InlineData("Pay order 55 with card [[4111111111111111]]")]
    [InlineData("paid with [[4111 1111 1111 1111]] for order 55")]
    [InlineData("订单用信用卡[[4111111111111111]]支付")]
    public void Find_NumberThatIsNamed_GoesByItsName(string marked) =>
        Assert.Equal(marked, Marked.By(Patterns, marked));
}
