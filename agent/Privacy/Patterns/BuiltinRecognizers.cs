using static EdgeAgent.Privacy.EntityTypes;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>
/// The recognizers every device has. Shapes come from the standards the checks name; context words are in both languages.
/// </summary>
internal static class BuiltinRecognizers
{
    private const string Digits = "0123456789";
    private const double KeyEntropy = 3;

    public static IReadOnlyList<PatternRecognizer> All { get; } =
    [
        // identity
        new("cn-id", CnId, "[1-9][0-9]{16}[0-9Xx]|[1-9][0-9]{14}") { Check = Checks.CnId, Score = 0.95, Gate = Digits,
            Borders = Borders.Number },
        new("cn-credit-code", CnCreditCode, "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}") { Check = Checks.CnCreditCode,
            Score = 0.95, Gate = Digits },
        // what is called one and has its shape is somebody's, with a digit mistyped
        new("cn-id-mistyped", CnId, "[1-9][0-9]{16}[0-9Xx]") { NeedsContext = true, Score = 0.3,
            Context = ["身份证", "证件号", "id card", "identity card"], Gate = Digits, Borders = Borders.Number },
        new("cn-credit-code-mistyped", CnCreditCode, "[1-9ANY][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}") { NeedsContext = true,
            Score = 0.3, Context = ["信用代码", "税号", "纳税人识别号"], Gate = Digits },
        new("cn-officer-id", CnOfficerId, "[军兵士文职广参政后装海空北沈兰济南成武]字?第?[0-9]{6,8}号?") { NeedsContext = true, Score = 0.5,
            Context = ["军官证", "士兵证", "警官证", "证件"], Gate = Digits },
        new("passport", Passport, "[A-Za-z]{1,2}[0-9]{7,8}|[0-9]{9}") { NeedsContext = true, Context = ["护照", "passport"], Gate = Digits },
        new("cn-permit", CnPermit, "[CWHMcwhm][A-Za-z0-9][0-9]{7,9}|[0-9]{8}|[0-9]{10}") { NeedsContext = true,
            Context = ["通行证", "回乡证", "台胞证", "permit"], Gate = Digits },
        new("us-ssn", UsSsn, "[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}") { Proves = false, Check = Checks.UsSsn, Score = 0.85,
            Context = ["ssn", "social security", "社会安全"], Gate = Digits, Borders = Borders.Number },
        new("us-ssn-plain", UsSsn, "[0-9]{9}") { Proves = false, Check = Checks.UsSsn, NeedsContext = true,
            Context = ["ssn", "social security"], Gate = Digits, Borders = Borders.Number },
        new("driver-license", DriverLicense, "[A-Za-z]{0,2}[0-9]{6,14}[A-Za-z]?") { NeedsContext = true,
            Context = ["driver", "license", "licence", "驾驶证", "驾照"], Gate = Digits },
        new("birth-date", BirthDate,
            "(19|20)[0-9]{2}[-/.年][ ]?[01]?[0-9][-/.月][ ]?[0-3]?[0-9]日?|[0-3]?[0-9][-/.][0-3]?[0-9][-/.]((19|20)[0-9]{2}|[0-9]{2})") { NeedsContext = true, Context = ["born", "birth", "dob", "生日", "出生", "生于"], Gate = Digits, Borders = Borders.Number },

        // ways to reach somebody
        new("cn-mobile", Phone, @"((\+|00)86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}") { Proves = false, Score = 0.85,
            Check = v => CnMobile(Checks.Digits(v)), Gate = Digits, Borders = Borders.Number },
        new("cn-landline", Phone,
            @"(\+86[- ]?)?(\(0[1-9][0-9]{1,2}\)|0[1-9][0-9]{1,2}[- ])[ ]?[2-9][0-9]{6,7}(-[0-9]{1,6})?|400[- ][0-9]{3,4}[- ][0-9]{3,4}") { Score = 0.6, Context = PhoneWords, Gate = Digits, Borders = Borders.Number },
        new("phone-north-american", Phone,
            @"(\+?1[- .]|001[- .])?(\([0-9]{3}\)[ ]?|[0-9]{3}[-.])[0-9]{3}[-. ][0-9]{4}(x[0-9]{1,6})?") { Score = 0.6, Context = PhoneWords,
                Gate = Digits, Borders = Borders.Number },
        new("phone-international", Phone, @"(\+|00)[1-9][0-9]{0,3}([- .()/]{0,2}[0-9]{1,5}){2,6}(x[0-9]{1,6})?") { Proves = false,
            Proof = InternationalNumbers.IsValid, Score = 0.7, Check = v => Checks.Digits(v).Length is >= 8 and <= 20, Context = PhoneWords,
            Gate = "+0", Borders = Borders.Number },
        new("phone-in-context", Phone, @"\(?[0-9]{2,5}\)?[- ]{1,2}[0-9]{2,9}([- ][0-9]{2,4}){0,4}|[0-9]{6,12}") { Proves = false,
            Score = 0.45, NeedsContext = true, Check = v => Checks.Digits(v).Length is >= 6 and <= 13, Context = PhoneWords, Gate = Digits,
            Borders = Borders.Number },
        new("email", Email,
            @"[\p{L}0-9._%+'\--[\u2e80-\u9fff]]{1,64}@([\p{L}0-9\--[\u2e80-\u9fff]]{1,63}\.){1,8}[\p{L}-[\u2e80-\u9fff]]{2,24}") { Score =
                1, Gate = "@", Borders = Borders.None },
        new("wechat", WeChat, "[A-Za-z][A-Za-z0-9_-]{5,19}") { Proves = false, NeedsContext = true, Context = ["微信", "wechat", "weixin"],
            Check = v => v.ToLowerInvariant() is not ("wechat" or "weixin"), Gate = "微Ww" },
        new("qq", Qq, "[1-9][0-9]{4,10}") { NeedsContext = true, Context = ["qq", "扣扣"], Gate = "Qq扣" },

        // money
        new("bank-card", BankCard, "(62|9558)([0-9]|[ -][0-9]){12,17}") { Check = Checks.UnionPay, Score = 0.9,
            Context = ["card", "卡", "账号", "账户"], Gate = Digits, Borders = Borders.Number },
        new("payment-card", CreditCard, "[2-6]([0-9]|[ -][0-9]){12,18}") { Check = Checks.PaymentCard, Score = 0.8,
            Context = ["card", "visa", "卡"], Gate = Digits, Borders = Borders.Number },
        new("card-mistyped", BankCard, "[2-6]([0-9]|[ -][0-9]){14,18}") { NeedsContext = true, Score = 0.3,
            Context = ["银行卡", "信用卡", "储蓄卡", "bank card", "credit card", "debit card"], Gate = Digits, Borders = Borders.Number },
        new("iban", EntityTypes.Iban, "[A-Za-z]{2}[0-9]{2}([ ]?[A-Za-z0-9]{4}){2,7}([ ]?[A-Za-z0-9]{1,3})?") { Check = Checks.Iban,
            Score = 1, Gate = Digits },
        new("bitcoin", Crypto, "[13][1-9A-HJ-NP-Za-km-z]{25,34}") { Check = Checks.Base58Check, Score = 1, Gate = "13" },
        new("bech32", Crypto, "(bc1|tb1|BC1)[02-9ac-hj-np-zAC-HJ-NP-Z]{11,71}") { Check = Checks.Bech32, Score = 1, Gate = "1" },
        new("ethereum", Crypto, "0x[0-9a-fA-F]{40}") { Score = 0.8, Gate = "x" },

        // vehicles and devices
        new("cn-plate", CnPlate,
            "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·• " +
            "]?([DF][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DF]|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])") { Score = 0.9,
                Gate = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼" },
        new("vin", EntityTypes.Vin, "[A-HJ-NPR-Z0-9]{17}") { Check = Checks.Vin, Score = 0.9, Gate = Digits },
        new("imei", Imei, "[0-9]{15}|[0-9]{2}-[0-9]{6}-[0-9]{6}-[0-9]") { Check = v => Checks.Luhn(Checks.Digits(v)), NeedsContext = true,
            Context = ["imei", "串号"], Score = 0.6, Gate = Digits, Borders = Borders.Number },
        new("employee-id", EmployeeId, "[A-Za-z]{1,3}-?[0-9]{3,10}|[0-9]{3,10}") { NeedsContext = true,
            Context = ["工号", "员工号", "员工编号", "employee id", "employee no", "badge", "staff no", "staff id"], Gate = Digits },
        new("machine-serial", MachineSerial, "[A-Za-z0-9]{2,12}(-[A-Za-z0-9]{1,12}){0,3}") { Proves = false, NeedsContext = true,
            Check = v => v.Count(char.IsAsciiDigit) >= 3 && v.Length >= 6,
            Context = ["序列号", "机身号", "出厂编号", "serial number", "serial no", "s/n"], Gate = Digits },

        // networks and secrets
        new("ipv4", IpAddress, @"[0-9]{1,3}(\.[0-9]{1,3}){3}") { Check = Checks.Ip, Score = 0.8, Gate = ".", Borders = Borders.Before,
            Unless = ["version", "firmware", "release", "build", "revision", "版本", "固件", "章节"] },
        new("ipv6", IpAddress, "[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}") { Check = v => v.Length > 4 && Checks.Ip(v), Score = 0.7,
            Gate = ":" },
        new("mac-address", MacAddress, "[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){5}") { Score = 0.85,
            Gate = ":-" },
        new("url-credentials", UrlCredentials,
            @"[a-z][a-z0-9+.-]{1,15}://[^\s:/@]{1,64}:[^\s/@]{1,128}@[^\s<>""'，。；\u2e80-\u9fff]{1,200}") { Score = 1, Gate = "@" },
        new("url", Url, @"https?://[^\s/<>""'，。；\u2e80-\u9fff]{1,100}\.[a-z]{2,24}(/[^\s<>""'，。；\u2e80-\u9fff]{0,200})?") { Proves = false,
            Score = 0.5, Gate = "/", Check = v => !v.Contains(".local", StringComparison.Ordinal) },
        new("jwt", Jwt, @"eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}") { Score = 1, Gate = "." },
        new("private-key", PrivateKey,
            @"-----BEGIN ([A-Z]{1,12} ){0,3}PRIVATE KEY-----[A-Za-z0-9+/=\s:,.-]{16,8000}-----END ([A-Z]{1,12} ){0,3}PRIVATE KEY-----") { Score = 1, Gate = "-", Borders = Borders.None },
        new("api-key", ApiKey,
            "(AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,80}|sk-[A-Za-z0-9_-]{20,120}|xox[abprs]-[A-Za-z0-9-]{10,80}|AIza[0-9A-Za-z_-]{35}|glpat-[A-Za-z0-9_-]{20}|LTAI[A-Za-z0-9]{12,26}") { Score = 1 },
        new("secret-in-context", ApiKey, "[A-Za-z0-9+/_=.-]{16,128}") { Proves = false, NeedsContext = true, Score = 0.4,
            Check = v => Checks.Entropy(v) > KeyEntropy && v.Any(char.IsAsciiDigit) && v.Any(char.IsAsciiLetter),
            Context = ["api key", "api_key", "apikey", "token", "secret", "password", "密钥", "令牌", "密码"], Borders = Borders.None },

        new("coordinates", EntityTypes.Coordinates,
            @"-?[0-9]{1,3}\.[0-9]{4,10}[,，][ ]?-?[0-9]{1,3}\.[0-9]{4,10}") { Check = Checks.Coordinates, Score = 0.7, Gate = ".",
                Borders = Borders.Number },
    ];

    private static string[] PhoneWords =>
        ["phone", "tel", "call", "mobile", "cell", "fax", "office", "number", "reach", "answering", "whatsapp", "电话", "手机", "联系", "热线",
            "座机", "传真", "致电"];

    /// <summary>
    /// Ranges of Chinese mobile numbers in use (YD/T 1999 and the carriers' allocations), with or without the country code.
    /// </summary>
    private static bool CnMobile(string digits)
    {
        if (digits.StartsWith("0086", StringComparison.Ordinal)) digits = digits[4..];
        else if (digits.Length == 13 && digits.StartsWith("86", StringComparison.Ordinal)) digits = digits[2..];
        return digits.Length == 11 && digits[0] == '1' && digits[1] switch
        {
            '3' or '8' => true,
            '4' => digits[2] is not ('2' or '3'),
            '5' =>
                digits[2] != '4',
            '6' => digits[2] is '2' or '5' or '6' or '7',
            '7' => digits[2] != '9',
            '9' => digits[2] != '4',
            _ => false
        };
    }
}
