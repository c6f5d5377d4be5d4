using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Placeholders;

namespace EdgeAgent.Tests.Privacy;

public sealed class RecognizerTests
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

    [Fact]
    public void Resolve_Conflicts_FollowTheStatedRule()
    {
        Finding Make(int start, int end, string type, double score, bool validated) => new(start, end, type, score, "t", validated);
        // validated beats longer; longer beats surer; surer beats priority; priority last
        Assert.Equal("IBAN", Assert.Single(SpanResolver.Resolve([Make(0, 20, "PERSON", 1, false), Make(5, 10, "IBAN", 0.5, true)])).Type);
        Assert.Equal("LOCATION",
            Assert.Single(SpanResolver.Resolve([Make(0, 20, "LOCATION", 0.5, false), Make(5, 10, "PHONE", 1, false)])).Type);
        Assert.Equal("QQ", Assert.Single(SpanResolver.Resolve([Make(0, 9, "PHONE", 0.5, false), Make(0, 9, "QQ", 0.8, false)])).Type);
        Assert.Equal("PHONE", Assert.Single(SpanResolver.Resolve([Make(0, 9, "QQ", 0.5, false), Make(0, 9, "PHONE", 0.5, false)])).Type);
        Assert.Equal(2, SpanResolver.Resolve([Make(0, 5, "A", 1, false), Make(5, 9, "B", 1, false)]).Count);
        Assert.Equal(["A", "C"],
            SpanResolver.Resolve([Make(0, 6, "A", 1, false), Make(5, 8, "B", 1, false), Make(7, 12, "C", 1, false)]).Select(f => f.Type));
    }

    [Fact]
    public void Options_OwnPatternsListsAndActions_AreUsed()
    {
        var options = new PrivacyOptions
        {
            Recognizers = [new CustomRecognizer { Name = "order", Type = "ORDER", Pattern = "AU-[0-9]{5}" }],
            Allow = ["10.0.0.1"],
            Deny = new Dictionary<string, IReadOnlyList<string>> { ["PROJECT"] = ["Falcon"] },
            Actions = new Dictionary<string, string> { ["EMAIL"] = "drop", ["PHONE"] = "mask", ["MAC_ADDRESS"] = "keep" },
        };
        Assert.Empty(options.Problems());
        using var conversation = new Conversation();
        var (text, _) = new Desensitizer(options, null)
            .Scrub("AU-12345 falcon 10.0.0.1 10.0.0.2 a@b.org 13812345678 00:1B:44:11:3A:B7", conversation);
        Assert.Equal("<ORDER_1> <PROJECT_1> 10.0.0.1 <IP_ADDRESS_1>  ******** 00:1B:44:11:3A:B7", text.Text);
    }

    [Theory]
    [InlineData("(?<=a)b", "look-around")]
    [InlineData("(a", "regular expression")]
    [InlineData("x*", "empty text")]
    [InlineData("", "1..1000 characters")]
    public void Options_BadPattern_IsNamed(string pattern, string said) =>
        Assert.Contains(
            new PrivacyOptions { Recognizers = [new CustomRecognizer { Name = "n", Type = "T", Pattern = pattern }] }.Problems(),
            p => p.StartsWith("Privacy:Recognizers:0:Pattern", StringComparison.Ordinal) && p.Contains(said, StringComparison.Ordinal));

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
    public void Normalized_Positions_LeadBackToTheOriginal()
    {
        const string text = "ﬁ Ａ1\u200b2 e\u0301\u0301x 😀９";
        var normalized = NormalizedText.Of(text);
        Assert.Equal("fi A12 é\u0301x 😀9", normalized.Text);
        var at = normalized.Text.IndexOf("12", StringComparison.Ordinal);
        Assert.Equal("1\u200b2", text[normalized.Start(at)..normalized.End(at + 2)]);
        at = normalized.Text.IndexOf('9', StringComparison.Ordinal);
        Assert.Equal("９", text[normalized.Start(at)..normalized.End(at + 1)]);
        Assert.Equal("ﬁ", text[normalized.Start(1)..normalized.End(2)]);
    }
}
