using PhoneNumbers;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>International telephone numbers by libphonenumber's numbering plans.</summary>
internal static class InternationalNumbers
{
    private static readonly PhoneNumberUtil Util = PhoneNumberUtil.GetInstance();

    /// <summary>Whether a number with its country code (+ or 00) is one that the country assigns.</summary>
    public static bool IsValid(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        try
        {
            return Util.IsValidNumber(Util.Parse(value.StartsWith("00", StringComparison.Ordinal) ? $"+{value.AsSpan(2)}" : value,
                defaultRegion: null));
        }
        catch (NumberParseException)
        {
            return false;
        }
    }
}
