using static EdgeAgent.Privacy.EntityTypes;
using static EdgeAgent.Privacy.Patterns.Builtin.Characters;

namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>Cards, accounts and wallets.</summary>
internal static class PaymentRecognizers
{
    private static readonly IReadOnlyList<string> BankWords = ContextWords.Of("bank-card"), CardWords = ContextWords.Of("payment-card");

    public static IReadOnlyList<IRecognizer> All { get; } =
    [
        new PatternRecognizer("bank-card", BankCard, "(62|9558)([-. ]{0,2}[0-9]){12,17}")
        {
            Fit = v => Grouping.Fit(v, Checks.UnionPay),
            Check = Checks.UnionPay,
            IsCalledOtherwise = new OtherNumbers(BankWords).Names,
            Context = BankWords,
            Score = 0.9,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("payment-card", CreditCard, "[2-6]([-. ]{0,2}[0-9]){12,18}")
        {
            Fit = v => Grouping.Fit(v, Checks.PaymentCard),
            Check = Checks.PaymentCard,
            IsCalledOtherwise = new OtherNumbers(CardWords).Names,
            Context = CardWords,
            Score = 0.8,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("card-mistyped", BankCard, "[2-6]([-. ]?[0-9]){14,18}")
        {
            NeedsContext = true,
            Context = ContextWords.Of("card-mistyped"),
            IsCalledOtherwise = new OtherNumbers(CardWords).Names,
            Score = 0.3,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("iban", Iban, "[A-Za-z]{2}[0-9]{2}([-. ]?[A-Za-z0-9]){11,30}")
        {
            Fit = v => Grouping.Fit(v, Checks.Iban),
            Check = Checks.Iban,
            Score = 1,
            Gate = Digits,
        },
        new PatternRecognizer("bitcoin", Crypto, "[13][1-9A-HJ-NP-Za-km-z]{25,34}")
        {
            Check = Checks.Base58Check,
            Score = 1,
            Gate = "13",
        },
        new PatternRecognizer("bech32", Crypto, "(bc1|tb1|BC1)[02-9ac-hj-np-zAC-HJ-NP-Z]{11,71}")
        {
            Check = Checks.Bech32,
            Score = 1,
            Gate = "1",
        },
        new PatternRecognizer("ethereum", Crypto, "0x[0-9a-fA-F]{40}")
        {
            Score = 0.8,
            Gate = "x",
            Cues = PatternRecognizer.CuesOf(Digits),
        },
    ];
}
