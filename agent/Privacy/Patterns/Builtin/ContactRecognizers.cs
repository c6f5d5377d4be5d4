using static EdgeAgent.Privacy.EntityTypes;
using static EdgeAgent.Privacy.Patterns.Builtin.Characters;

namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>Ways to reach somebody.</summary>
internal static class ContactRecognizers
{
    private static readonly IReadOnlyList<string> PhoneWords = ContextWords.Of("phone"), WeChatWords = ContextWords.Of("wechat");

    public static IReadOnlyList<IRecognizer> All { get; } =
    [
        new PatternRecognizer("cn-mobile", Phone, @"(\(?(\+|00)?86\)?[- ]{0,2}|0)?1[3-9][0-9][-. ]{0,2}[0-9]{4}[-. ]{0,2}[0-9]{4}")
        {
            Extend = PhoneSuffixes.ExtensionEnd,
            Check = v => IsCnMobile(Checks.Digits(v)),
            Proves = false,
            Score = 0.85,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("cn-landline", Phone,
            @"(\+86[- ]?)?(\(0[1-9][0-9]{1,2}\)|0[1-9][0-9]{1,2}[- ])[- ]?[2-9][0-9]{2,3}[- ]?[0-9]{4}|[48]00[- ][0-9]{3,4}[- ][0-9]{3,4}")
        {
            Extend = PhoneSuffixes.LineEnd,
            Context = PhoneWords,
            Score = 0.6,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("phone-north-american", Phone,
            @"(\+?1[- .]|001[- .])?(\([0-9]{3}\)[ ]?|[0-9]{3}[-.])[0-9]{3}[-. ][0-9]{4}(x[0-9]{1,6})?")
        {
            Extend = PhoneSuffixes.ExtensionEnd,
            Context = PhoneWords,
            Score = 0.6,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("phone-international", Phone, @"(\+|00)[1-9][0-9]{0,3}([- .()/]{0,2}[0-9]{1,5}){2,6}(x[0-9]{1,6})?")
        {
            Extend = PhoneSuffixes.ExtensionEnd,
            Check = v => Checks.Digits(v).Length is >= 8 and <= 20,
            Proves = false,
            Proof = InternationalNumbers.IsValid,
            Context = PhoneWords,
            Score = 0.7,
            Gate = "+0",
            Cues = PatternRecognizer.CuesOf(Digits),
            Borders = Borders.Number,
        },
        new PatternRecognizer("phone-in-context", Phone, @"\(?[0-9]{2,5}\)?[- ]{1,2}[0-9]{2,9}([- ][0-9]{2,4}){0,4}|[0-9]{6,12}")
        {
            Extend = PhoneSuffixes.LineEnd,
            Check = v => Checks.Digits(v).Length is >= 6 and <= 13,
            Proves = false,
            NeedsContext = true,
            Context = PhoneWords,
            Score = 0.45,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PhoneLists(),
        new EmailRecognizer(),
        new PatternRecognizer("wechat", WeChat, "[A-Za-z][A-Za-z0-9_-]{5,19}")
        {
            Check = v => v.ToLowerInvariant() is not ("wechat" or "weixin"),
            Proves = false,
            NeedsContext = true,
            Context = WeChatWords,
            Gate = "微Ww",
            Cues = WeChatWords,
        },
        new PatternRecognizer("qq", Qq, "[1-9][0-9]{4,10}")
        {
            NeedsContext = true,
            Context = ContextWords.Of("qq"),
            Gate = "Qq扣",
            Cues = PatternRecognizer.CuesOf(Digits),
        },
    ];

    /// <summary>
    /// Ranges of Chinese mobile numbers in use (YD/T 1999 and the carriers' allocations), with or without the country code.
    /// </summary>
    private static bool IsCnMobile(string digits)
    {
        if (digits.StartsWith("0086", StringComparison.Ordinal)) digits = digits[4..];
        else if (digits.Length == 12 && digits[0] == '0') digits = digits[1..];
        else if (digits.Length == 13 && digits.StartsWith("86", StringComparison.Ordinal)) digits = digits[2..];
        return digits.Length == 11 && digits[0] == '1' && digits[1] switch
        {
            '3' or '8' => true,
            '4' => digits[2] is not ('2' or '3'),
            '5' => digits[2] != '4',
            '6' => digits[2] is '2' or '5' or '6' or '7',
            '7' => digits[2] != '9',
            '9' => digits[2] != '4',
            _ => false
        };
    }
}
