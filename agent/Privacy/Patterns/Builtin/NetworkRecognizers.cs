using static EdgeAgent.Privacy.EntityTypes;
using static EdgeAgent.Privacy.Patterns.Builtin.Characters;

namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>Addresses in networks, keys and secrets.</summary>
internal static class NetworkRecognizers
{
    /// <summary>Bits a character (Shannon) above which a word beside a context word is a secret.</summary>
    private const double SecretEntropy = 3;

    private static readonly IReadOnlyList<string> MacWords = ContextWords.Of("mac-address-in-context");

    public static IReadOnlyList<IRecognizer> All { get; } =
    [
        new PatternRecognizer("ipv4", IpAddress, @"[0-9]{1,3}(\.[0-9]{1,3}){3}")
        {
            Check = Checks.Ip,
            Unless = ContextWords.Of("not ipv4"),
            IsCalledOtherwise = (s, start, end) => !AddressBorders.AreFree(s, start, end),
            Score = 0.8,
            Gate = ".",
            Cues = PatternRecognizer.CuesOf(Digits),
            Borders = Borders.None,
        },
        new PatternRecognizer("ipv6", IpAddress, "[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}")
        {
            Check = v => v.Length > 4 && Checks.Ip(v),
            Score = 0.7,
            Gate = ":",
        },
        new PatternRecognizer("mac-address", MacAddress, "[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){5}")
        {
            Score = 0.85,
            Gate = ":-",
        },
        new PatternRecognizer("mac-address-dotted", MacAddress, @"[0-9A-Fa-f]{4}(\.[0-9A-Fa-f]{4}){2}")
        {
            Check = v => v.Any(char.IsAsciiLetter) && v.Any(char.IsAsciiDigit),
            Proves = false,
            Score = 0.85,
            Gate = ".",
            Cues = PatternRecognizer.CuesOf(Digits),
            Borders = Borders.Number,
        },
        new PatternRecognizer("mac-address-in-context", MacAddress,
            "[0-9A-Fa-f]{4}([-.: ]?[0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{2}([-.: ]{1,2}[0-9A-Fa-f]{2}){5}"
            + "|[0-9A-Fa-f]{6}[-.: ][0-9A-Fa-f]{6}")
        {
            Context = MacWords,
            NeedsContext = true,
            WholeWords = true,
            Cues = MacWords,
            Borders = Borders.Number,
        },
        new UrlCredentialsRecognizer(),
        new PasswordRecognizer(),
        new PatternRecognizer("url", Url, @"https?://[^\s/<>""'，。；\u2e80-\u9fff]{1,100}\.[a-z]{2,24}(/[^\s<>""'，。；\u2e80-\u9fff]{0,200})?")
        {
            Check = v => !v.Contains(".local", StringComparison.Ordinal),
            Proves = false,
            Score = 0.5,
            Gate = "/",
            Cues = ["://"],
        },
        new PatternRecognizer("jwt", Jwt, @"eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}")
        {
            Score = 1,
            Gate = ".",
            Cues = ["eyJ"],
        },
        new PatternRecognizer("private-key", PrivateKey,
            "-----BEGIN ([A-Z]{1,12} ){0,3}PRIVATE KEY-----"
            + @"[A-Za-z0-9+/=\s:,.-]{16,8000}"
            + "-----END ([A-Z]{1,12} ){0,3}PRIVATE KEY-----")
        {
            Score = 1,
            Gate = "-",
            Cues = ["BEGIN"],
            Borders = Borders.None,
        },
        new PatternRecognizer("api-key", ApiKey,
            "(AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,80}|sk-[A-Za-z0-9_-]{20,120}|xox[abprs]-[A-Za-z0-9-]{10,80}"
            + "|AIza[0-9A-Za-z_-]{35}|glpat-[A-Za-z0-9_-]{20}|LTAI[A-Za-z0-9]{12,26}")
        {
            Score = 1,
            Cues = ["AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "sk-", "xox", "AIza", "glpat-", "LTAI"],
        },
        new PatternRecognizer("secret-in-context", ApiKey, "[A-Za-z0-9+/_=.-]{16,128}")
        {
            Check = v => Checks.Entropy(v) > SecretEntropy && v.Any(char.IsAsciiDigit) && v.Any(char.IsAsciiLetter),
            Proves = false,
            NeedsContext = true,
            Context = ContextWords.Of("secret-in-context"),
            Score = 0.4,
            Cues = PatternRecognizer.CuesOf(Digits),
            Borders = Borders.None,
        },
    ];
}
