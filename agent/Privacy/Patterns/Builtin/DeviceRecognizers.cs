using static EdgeAgent.Privacy.EntityTypes;
using static EdgeAgent.Privacy.Patterns.Builtin.Characters;

namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>Vehicles, devices and machines, badges, and where something is.</summary>
internal static class DeviceRecognizers
{
    /// <summary>Short names of provinces, and letters of places, at the beginning of a plate (GA 36).</summary>
    private const string PlateProvinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼", PlateLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ";

    public static IReadOnlyList<IRecognizer> All { get; } =
    [
        new PatternRecognizer("cn-plate", CnPlate,
            $"[{PlateProvinces}][A-HJ-NP-Z][·• ]?([DF][A-HJ-NP-Z0-9][0-9]{{4}}|[0-9]{{5}}[DF]|[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳])")
        {
            Score = 0.9,
            Gate = PlateProvinces,
            Cues = [.. from province in PlateProvinces from letter in PlateLetters select $"{province}{letter}"],
        },
        new PatternRecognizer("vin", Vin, "[A-HJ-NPR-Z0-9]{17}")
        {
            Check = Checks.Vin,
            IsCalledOtherwise = new OtherNumbers(ContextWords.Of("vin")).Names,
            Score = 0.9,
            Gate = Digits,
        },
        new PatternRecognizer("imei", Imei, "[0-9]([-. /]?[0-9]){14}")
        {
            Check = v => Checks.Luhn(Checks.Digits(v)),
            NeedsContext = true,
            Context = ContextWords.Of("imei"),
            Score = 0.6,
            Gate = Digits,
            Borders = Borders.Number,
        },
        new PatternRecognizer("employee-id", EmployeeId, "[A-Za-z]{1,3}-?[0-9]{3,10}|[0-9]{3,10}")
        {
            NeedsContext = true,
            Context = ContextWords.Of("employee-id"),
            Gate = Digits,
        },
        new PatternRecognizer("machine-serial", MachineSerial, "[A-Za-z0-9]{2,12}(-[A-Za-z0-9]{1,12}){0,3}")
        {
            Check = v => v.Count(char.IsAsciiDigit) >= 3 && v.Length >= 6,
            Proves = false,
            NeedsContext = true,
            Context = ContextWords.Of("machine-serial"),
            Gate = Digits,
        },
        new PatternRecognizer("coordinates", Coordinates, @"-?[0-9]{1,3}\.[0-9]{4,10}[,，][ ]?-?[0-9]{1,3}\.[0-9]{4,10}")
        {
            Check = Checks.Coordinates,
            Score = 0.7,
            Gate = ".",
            Cues = PatternRecognizer.CuesOf(Digits),
            Borders = Borders.Number,
        },
    ];
}
