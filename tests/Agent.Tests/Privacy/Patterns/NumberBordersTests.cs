using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy.Patterns;

/// <summary>What may touch a number: separators of lists, joints, labels, extensions, prefixes and ranges.</summary>
public sealed class NumberBordersTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    /// <summary>Contact sheets and network plans.</summary>
    [Theory]
    [InlineData("电话:[[13812345678]]/[[13987654321]]")]
    [InlineData("手机[[138-1234-5678]]/[[139-8765-4321]]")]
    [InlineData("电话[[13812345678-8001]]")]
    [InlineData("Tel.[[13812345678]]")]
    [InlineData("tel:[[13812345678]]")]
    [InlineData("Tel[[13812345678]]")]
    [InlineData("[[+8613812345678]]/[[13987654321]]")]
    [InlineData("电话 [[021-52066273]]/[[52066274]]")]
    [InlineData("电话 [[021-52066273/74]]")]
    [InlineData("座机[[0755-22059972]]、[[22059973]]")]
    [InlineData("[[10.0.0.5]]/24")]
    [InlineData("[[192.168.1.10]]-[[192.168.1.20]]")]
    [InlineData("IP:[[192.168.0.10]],掩码[[255.255.255.0]]")]
    [InlineData("[[192.168.1.10]]-20 网段")]
    [InlineData("PLC地址[[10.0.0.5]]~[[10.0.0.9]]")]
    [InlineData("[[10.0.0.5]]-[[10.0.0.9]]")]
    [InlineData("IP[[192.168.0.10]]连不上")]
    [InlineData("ping [[192.168.0.10]]:502 ok")]
    [InlineData("身份证号码：[[110101199003078515]]/[[110101199003078515]]")]
    [InlineData("身份证[[110101199003078515]]-[[110101199003078515]]")]
    [InlineData("卡号[[4111111111111111]]/[[4012888888881881]]")]
    [InlineData("卡号[[6222021234567890128]]、[[6222021234567890128]]")]
    [InlineData("手机[[13812345678]]-[[13987654321]]")]
    [InlineData("手机[[13812345678]].[[13987654321]]")]
    [InlineData("手机[[13812345678]]~[[13987654321]]")]
    [InlineData("手机[[13812345678]],[[13987654321]]")]
    [InlineData("手机[[13812345678]];[[13987654321]]")]
    [InlineData("手机[[138.1234.5678]]")]
    [InlineData("手机[[13812345678转8001]]")]
    [InlineData("call [[(212) 555-0147 ext. 12]] now")]
    [InlineData("[[400-820-8820]]/[[400-810-8888]]")]
    [InlineData("[[86-13812345678]]")]
    [InlineData("[[8613812345678]]")]
    [InlineData("[[(+86)13812345678]]")]
    [InlineData("ssn [[536-22-1234]]/[[536-22-4321]]")]
    [InlineData("MAC [[001A.2B3C.4D5E]]")]
    [InlineData("[[001a.2b3c.4d5e]]")]
    [InlineData("MAC [[001A2B3C4D5E]]")]
    [InlineData("MAC地址：[[001A2B3C4D5E]]")]
    [InlineData("MAC:[[001A-2B3C-4D5E]]")]
    [InlineData("mac [[00 1A 2B 3C 4D 5E]]")]
    public void Find_NumberThatTouchesAnother_IsFoundWhole(string marked) =>
        Assert.Equal(marked, Marked.By(Patterns, marked));

    /// <summary>Part numbers, dates, versions, decimals and tables of the floor.</summary>
    [Theory]
    [InlineData("轴承 6204-2RS/C3, 3.14159265358979")]
    [InlineData("0.13812345678")]
    [InlineData("SP-13812345678")]
    [InlineData("12-13812345678-01")]
    [InlineData("13812345678-01-02")]
    [InlineData("firmware 1.2.3.4-5 vs 2.4.57.1-3")]
    [InlineData("OID 1.3.6.1.4.1.311")]
    [InlineData("2026-11-24 16:30:05.123 SP-14 RB-12")]
    [InlineData("MAC address table full")]
    [InlineData("The machine 123456789012 is down")]
    [InlineData("a machine 001A2B3C4D5E")]
    [InlineData("110234 2024-11-24 0830")]
    [InlineData("图号TX-2024-0187 第3页")]
    [InlineData("M8x1.25-6g, 4x M10, 0.02 mm")]
    [InlineData("192.168.1.300")]
    [InlineData("压力 10.5/11.2/9.8 MPa")]
    [InlineData("13 12 11 10 9 8 7")]
    [InlineData("G01 X12.500 Y-3.250 F200 M30")]
    public void Find_PartOfALongerNumber_IsNone(string marked) =>
        Assert.Equal(marked, Marked.By(Patterns, marked));
}
