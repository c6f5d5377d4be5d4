using static EdgeAgent.Privacy.EntityTypes;
using static EdgeAgent.Privacy.Patterns.Builtin.Characters;

namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>Papers of persons and companies, and dates of birth.</summary>
internal static class IdentityRecognizers
{
    /// <summary>Digits of an identity number of before 1999, which has no check character.</summary>
    private const int OldIdLength = 15;

    /// <summary>GB 32100, in groups or not: authority and kind, place, organisation, check character.</summary>
    private const string CreditCode =
        "[0-9A-HJ-NPQRTUWXY][-. ]?[0-9A-HJ-NPQRTUWXY]([-. ]?[0-9]){6}([-. ]?[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]){10}";

    private static readonly OtherNumbers OldIds = new(ContextWords.Of("cn-id-grouped"));

    public static IReadOnlyList<IRecognizer> All { get; } =
    [
        new PatternRecognizer("cn-id", CnId, $"[1-9][0-9]{{5}}{Gap}[0-9]{{8}}{Gap}[0-9]{{3}}[0-9Xx]|[1-9][0-9]{{14}}")
        {
            Check = v => Checks.CnId(Grouping.Compact(v)),
            IsCalledOtherwise = (s, start, end) => end - start == OldIdLength && OldIds.Names(s, start, end),
            Score = 0.95,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("cn-id-grouped", CnId, $"[1-9]({Gap}[0-9]){{16}}{Gap}[0-9Xx]")
        {
            Check = v => Checks.CnId(Grouping.Compact(v)),
            NeedsContext = true,
            Context = ContextWords.Of("cn-id-grouped"),
            WholeWords = true,
            Score = 0.6,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("cn-credit-code", CnCreditCode, CreditCode)
        {
            Check = IsCreditCode,
            Score = 0.95,
            Gate = Digits,
        },
        new PatternRecognizer("cn-id-mistyped", CnId, $"[1-9]({Gap}[0-9]){{16}}{Gap}[0-9Xx]")
        {
            NeedsContext = true,
            Context = ContextWords.Of("cn-id-mistyped"),
            Score = 0.3,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("cn-credit-code-mistyped", CnCreditCode, CreditCode)
        {
            NeedsContext = true,
            Context = ContextWords.Of("cn-credit-code-mistyped"),
            Score = 0.3,
            Gate = Digits,
        },
        new PatternRecognizer("cn-officer-id", CnOfficerId, "[军兵士文职广参政后装海空北沈兰济南成武]字?第?[0-9]{6,8}号?")
        {
            NeedsContext = true,
            Context = ContextWords.Of("cn-officer-id"),
            Score = 0.5,
            Gate = Digits,
        },
        new PatternRecognizer("passport", Passport,
            "[A-Za-z]{1,2}[-. ]?[0-9]{3,4}[-. ]?[0-9]{4}|[0-9]{9}|[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{3}")
        {
            NeedsContext = true,
            Context = ContextWords.Of("passport"),
            Gate = Digits,
        },
        new PatternRecognizer("cn-permit", CnPermit, "[CWHMcwhm][-. ]?[A-Za-z0-9]([-. ]?[0-9]){7,9}|[0-9]{4}[-. ]?[0-9]{4}|[0-9]{10}")
        {
            NeedsContext = true,
            Context = ContextWords.Of("cn-permit"),
            Gate = Digits,
        },
        new PatternRecognizer("us-ssn", UsSsn, "[0-9]{3}[-. ][0-9]{2}[-. ][0-9]{4}")
        {
            Check = Checks.UsSsn,
            Proves = false,
            Context = ContextWords.Of("us-ssn"),
            Score = 0.85,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("us-ssn-plain", UsSsn, "[0-9]{9}")
        {
            Check = Checks.UsSsn,
            Proves = false,
            NeedsContext = true,
            Context = ContextWords.Of("us-ssn-plain"),
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("driver-license", DriverLicense, "[A-Za-z]{0,2}[0-9]{6,14}[A-Za-z]?")
        {
            NeedsContext = true,
            Context = ContextWords.Of("driver-license"),
            Gate = Digits,
        },
        new PatternRecognizer("birth-date", BirthDate,
            "(19|20)[0-9]{2}[-/.年][ ]?[01]?[0-9][-/.月][ ]?[0-3]?[0-9]日?|[0-3]?[0-9][-/.][0-3]?[0-9][-/.]((19|20)[0-9]{2}|[0-9]{2})")
        {
            NeedsContext = true,
            Context = ContextWords.Of("birth-date"),
            Gate = Digits,
            Borders = Borders.Number,
        },
    ];

    /// <summary>Digits alone are taken in groups only beside a context word: two numbers in a row pass the check, too.</summary>
    private static bool IsCreditCode(string value)
    {
        var compact = Grouping.Compact(value);
        return (compact.Length == value.Length || compact.Any(char.IsAsciiLetter)) && Checks.CnCreditCode(compact);
    }
}
