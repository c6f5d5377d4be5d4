using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Patterns;

namespace EdgeAgent.Tests.Privacy.Patterns;

public sealed class BuiltinRecognizersTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    /// <summary>Every value here is made up, or a published test number of its standard.</summary>
    [Theory]
    [InlineData("身份证110101199003078515。", "110101199003078515", "CN_ID")]
    [InlineData("身份证１１０１０１１９９００３０７８５１５", "１１０１０１１９９００３０７８５１５", "CN_ID")] // full-width
    [InlineData("代码 91350100M000100Y43", "91350100M000100Y43", "CN_CREDIT_CODE")]
    [InlineData("打13812345678", "13812345678", "PHONE")]
    [InlineData("+86 138-1234-5678", "+86 138-1234-5678", "PHONE")]
    [InlineData("座机 010-62345678", "010-62345678", "PHONE")]
    [InlineData("call (212) 555-0147 now", "(212) 555-0147", "PHONE")]
    [InlineData("a.b@example.org", "a.b@example.org", "EMAIL")]
    [InlineData("card 4111 1111 1111 1111", "4111 1111 1111 1111", "CREDIT_CARD")]
    [InlineData("卡号6222021234567890128", "6222021234567890128", "BANK_CARD")]
    [InlineData("IBAN GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 32", "IBAN")]
    [InlineData("ssn 536-22-1234", "536-22-1234", "US_SSN")]
    [InlineData("京A12345停了", "京A12345", "CN_PLATE")]
    [InlineData("粤BD12345", "粤BD12345", "CN_PLATE")]
    [InlineData("护照E12345678", "E12345678", "PASSPORT")]
    [InlineData("微信: zhang_wei88", "zhang_wei88", "WECHAT")]
    [InlineData("QQ 123456789", "123456789", "QQ")]
    [InlineData("VIN 1HGCM82633A004352", "1HGCM82633A004352", "VIN")]
    [InlineData("IMEI 490154203237518", "490154203237518", "IMEI")]
    [InlineData("ping 10.20.30.40", "10.20.30.40", "IP_ADDRESS")]
    [InlineData("at 2001:db8::8a2e:370:7334 ok", "2001:db8::8a2e:370:7334", "IP_ADDRESS")]
    [InlineData("00:1B:44:11:3A:B7", "00:1B:44:11:3A:B7", "MAC_ADDRESS")]
    [InlineData("https://bob:pw@example.org/x", "https://bob:pw@example.org/x", "URL_CREDENTIALS")]
    [InlineData("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "CRYPTO")]
    [InlineData("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "CRYPTO")]
    [InlineData("born 12/05/1984 in", "12/05/1984", "BIRTH_DATE")]
    [InlineData("39.90420, 116.40739", "39.90420, 116.40739", "COORDINATES")]
    [InlineData("工号A10233", "A10233", "EMPLOYEE_ID")]
    [InlineData("序列号 MX-2004-77", "MX-2004-77", "MACHINE_SERIAL")]
    [InlineData("key AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "API_KEY")]
    [InlineData("身份证110101199003078516", "110101199003078516", "CN_ID")] // mistyped, but called what it is
    [InlineData("统一社会信用代码91350100M000100Y44", "91350100M000100Y44", "CN_CREDIT_CODE")]
    [InlineData("银行卡6222021234567890127", "6222021234567890127", "BANK_CARD")]
    public void Find_RealForm_IsTheOneFinding(string text, string value, string type)
    {
        var finding = Assert.Single(Patterns.Find(text));
        Assert.Equal((value, type), (text[finding.Start..finding.End], finding.Type));
    }

    /// <summary>What a checksum, a range or a border refuses, and what the floor is full of.</summary>
    [Theory]
    [InlineData("110101199003078516")] // check character
    [InlineData("110101199013078515")] // month 13
    [InlineData("12345678901")]
    [InlineData("card 4111 1111 1111 1112")]
    [InlineData("GB82 WEST 1234 5698 7654 33")]
    [InlineData("1HGCM82633A004353")]
    [InlineData("300.1.2.3 and 1.2.3")]
    [InlineData("轴承 6204-2RS/C3, 3.14159265358979")]
    [InlineData("2026-11-24 16:30:05.123 SP-14 RB-12")]
    [InlineData("G01 X12.500 Y-3.250 F200 M30")]
    [InlineData("扭矩25牛米,转速12000转/分,气压0.55MPa")]
    [InlineData("M8x1.25-6g, 4x M10, 0.02 mm, 24 V, 400 V, 50 Hz")]
    [InlineData("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdx")]
    [InlineData("O1234 N0010 T0303 S1500")]
    public void Find_LookAlike_IsNone(string text) => Assert.Empty(Patterns.Find(text));

    /// <summary>Time grows with the text, not faster: four sizes of the worst we know.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("a")]
    [InlineData("1 2-3.4/")]
    [InlineData("a@")]
    [InlineData("é")]
    [InlineData("<PERSON_")]
    public void Find_LongBait_TakesLinearTime(string unit)
    {
        double Seconds(int length)
        {
            var text = string.Concat(Enumerable.Repeat(unit, length / unit.Length));
            Patterns.Find(text[..Math.Min(1000, text.Length)]);
            var clock = System.Diagnostics.Stopwatch.StartNew();
            Patterns.Find(text);
            return clock.Elapsed.TotalSeconds;
        }
        var small = Math.Max(Seconds(50_000), 0.002);
        var large = Seconds(400_000); // 8 times
        Assert.True(large < small * 8 * 6 + 0.5, $"{small} s, then {large} s");
    }

    [Fact]
    public void All_Recognizers_HaveTheirOwnNameAndCues()
    {
        Assert.Equal(BuiltinRecognizers.All.Count, BuiltinRecognizers.All.Select(r => r.Name).Distinct().Count());
        Assert.All(BuiltinRecognizers.All, r => Assert.NotEmpty(r.Cues));
    }

    /// <summary>Every section of the context words belongs to a recognizer, or is one of those that several share.</summary>
    [Fact]
    public void All_ContextWords_AreUsed() =>
        Assert.Empty(ContextWords.File.Sections.Except(BuiltinRecognizers.All.Select(r => r.Name))
            .Except(["phone", "not ipv4", "payment", "other numbers", "password stop words", "password words of numbers",
                "ambiguous password words"]));
}
