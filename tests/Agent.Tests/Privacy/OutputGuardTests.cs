using CsCheck;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy;

public sealed class OutputGuardTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    private static (string Text, int MostHeld) Stream(string text, int size)
    {
        var guard = new OutputGuard(Patterns);
        var (result, held) = ("", 0);
        for (var at = 0; at < text.Length; at += size)
        {
            result += guard.Add(text.Substring(at, Math.Min(size, text.Length - at)));
            held = Math.Max(held, guard.Held);
        }
        return (result + guard.Finish(), held);
    }

    [Theory]
    [InlineData("Call Tom at 13812345678, he knows.", "Call Tom at ***********, he knows.")]
    [InlineData("卡号是6222 0212 3456 7890 128。", "卡号是***********************。")]
    [InlineData("mail a.b@example.org now", "mail *************** now")]
    [InlineData("密钥 AKIAIOSFODNN7EXAMPLE!", "密钥 ********************!")]
    [InlineData("SP-14:主轴过热。断电上锁,记入日志第 14 页。", "SP-14:主轴过热。断电上锁,记入日志第 14 页。")]
    [InlineData("Torque 25 Nm, then 6204-2RS at 0.55 MPa; <PHONE_1> was told.", "Torque 25 Nm, then 6204-2RS at 0.55 MPa; <PHONE_1> was told.")]
    public void Add_AnswerInAnyPieces_StarsOutWhatIsPersonal(string text, string expected)
    {
        for (var size = 1; size < 9; size++) Assert.Equal(expected, Stream(text, size).Text);
    }

    /// <summary>Nothing is lost or added, whatever the text and however it is cut; and what is held back is bounded.</summary>
    [Fact]
    public void Add_AnyText_KeepsItsLengthAndBound() => Gen.Select(Gen.String, Gen.Int[1, 9]).Sample((text, size) =>
    {
        var (result, held) = Stream(text, size);
        Assert.Equal(text.Length, result.Length);
        Assert.InRange(held, 0, 96 + size);
    }, iter: Fuzzing.Cases);

    /// <summary>Chinese text is shown at once, words of letters with the character behind them.</summary>
    [Fact]
    public void Add_OrdinaryText_WaitsForTheWordsEndAtMost()
    {
        var guard = new OutputGuard(Patterns);
        Assert.Equal("主轴过热", guard.Add("主轴过热"));
        Assert.Equal("", guard.Add("Turn"));
        Assert.Equal("Turn ", guard.Add(" "));
        Assert.Equal("the ", guard.Add("the key"));
        Assert.Equal("key", guard.Finish());
    }
}
