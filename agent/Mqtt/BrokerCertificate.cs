using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace EdgeAgent.Mqtt;

/// <summary>The broker's certificate is not accepted.</summary>
internal sealed class BrokerCertificateException(string message) : IOException(message);

/// <summary>Whom a client believes.</summary>
/// <param name="Authorities">Accepted authorities; null for the system's.</param>
/// <param name="Revoked">What they have revoked; null where no list is configured.</param>
internal sealed record BrokerTrust(X509Certificate2Collection? Authorities = null, RevocationList? Revoked = null);

/// <summary>Judges the certificate that a broker shows (RFC 5280, section 6; the name: RFC 9525).</summary>
internal static class BrokerCertificate
{
    /// <summary>What is wrong with it, in words; null if it is accepted.</summary>
    /// <param name="certificate">What the broker shows; null for nothing.</param>
    /// <param name="chain">The chain as TLS built it, with the certificates that the broker sent.</param>
    /// <param name="errors">What TLS found.</param>
    /// <param name="host">The name that was asked for.</param>
    /// <param name="now">Time now.</param>
    public static string? Problem(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, BrokerTrust trust, string host,
        DateTimeOffset now)
    {
        if (certificate is null) return "the broker shows no certificate";
        var authorities = trust.Authorities;
        var problems = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            problems.Add($"certificate of another name: it is for {Names(certificate)}, and not for '{host}'; use a name " +
                "that it is for in the broker's address, or give the broker another certificate");
        var found = authorities is null ? Statuses(chain) : Statuses(certificate, chain, authorities);
        if (found.HasFlag(X509ChainStatusFlags.NotTimeValid)) problems.Add(Period(certificate, now));
        if (trust.Revoked is { } revoked && IsRevoked(certificate, chain, authorities, revoked))
            problems.Add("revoked: its authority has withdrawn it; give the broker a new one");
        if ((found & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) != 0)
            problems.Add($"unknown CA: it is signed by '{certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true)}', which is " +
                "not among the " + (authorities is null ? "system's authorities; name its file as CA file" : "authorities of the CA file"));
        const X509ChainStatusFlags named = X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.PartialChain
            | X509ChainStatusFlags.UntrustedRoot;
        if ((found & ~named) is var others && others != X509ChainStatusFlags.NoError) problems.Add($"not valid: {others}");
        return problems.Count == 0 ? null : $"the broker's certificate is not accepted: {string.Join("; ", problems)}";
    }

    private static bool IsRevoked(X509Certificate2 certificate, X509Chain? chain, X509Certificate2Collection? authorities,
        RevocationList revoked)
    {
        List<X509Certificate2> shown = [certificate, .. chain?.ChainElements.Select(e => e.Certificate) ?? []];
        return shown.Any(c => revoked.IsRevoked(c, shown.Concat(authorities ?? [])));
    }

    private static string Period(X509Certificate2 certificate, DateTimeOffset now) =>
        now > certificate.NotAfter ? $"expired: it was valid until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}; have it renewed"
        : now < certificate.NotBefore
            ? $"not valid before {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd}, and this machine's clock says {now:yyyy-MM-dd}; " +
                "check the clock"
            : "expired: the certificate of an authority above it has ended";

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(e => e.EnumerateDnsNames().Concat(e.EnumerateIPAddresses().Select(a => a.ToString()))).ToList();
        if (names.Count == 0) names.Add(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
        return string.Join(", ", names.Select(n => $"'{n}'"));
    }

    private static X509ChainStatusFlags Statuses(X509Chain? chain) =>
        chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status) ?? X509ChainStatusFlags.PartialChain;

    private static X509ChainStatusFlags Statuses(X509Certificate2 certificate, X509Chain? sent, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
            foreach (var element in sent.ChainElements) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }
        return chain.Build(certificate) ? X509ChainStatusFlags.NoError : Statuses(chain);
    }
}
