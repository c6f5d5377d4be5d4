using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace EdgeAgent.Mqtt;

/// <summary>The time in which a certificate is valid (RFC 5280, section 4.1.2.5).</summary>
internal readonly record struct CertificatePeriod(DateTimeOffset From, DateTimeOffset Until)
{
    public static CertificatePeriod Of(X509Certificate2 certificate) =>
        new(new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter));

    /// <summary>Days until it ends, by this clock; negative where it has ended.</summary>
    public double DaysLeft(DateTimeOffset now) => (Until - now).TotalDays;
}

/// <summary>Whether a certificate must be replaced soon. Pure.</summary>
internal static class CertificateExpiry
{
    /// <summary>Days before its end from which a certificate should be replaced.</summary>
    public const double WarnDays = 30;

    /// <summary>What is wrong with the period now; null where nothing is.</summary>
    public static string? Problem(CertificatePeriod period, DateTimeOffset now)
    {
        var days = period.DaysLeft(now);
        return days < 0 ? Text($"ended on {period.Until:yyyy-MM-dd}")
            : now < period.From ? Text($"begins on {period.From:yyyy-MM-dd}, and this machine's clock says {now:yyyy-MM-dd}")
            : days < WarnDays ? Text($"ends on {period.Until:yyyy-MM-dd}, in {days:F0} days") : null;
    }

    /// <summary>Whether it is valid now.</summary>
    public static bool IsValid(CertificatePeriod period, DateTimeOffset now) => now >= period.From && now <= period.Until;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
