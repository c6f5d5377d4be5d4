using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeAgent.Mqtt;

/// <summary>
/// Certificate revocation lists of a file (RFC 5280, section 5). The runtime takes none that it has not fetched itself, and a device
/// may have no way to an authority's server. A list counts where the authority's signature on it is right.
/// </summary>
internal sealed class RevocationList
{
    private sealed record Crl(byte[] Issuer, DateTimeOffset? NextUpdate, HashSet<BigInteger> Serials, byte[] Signed, string Algorithm,
        byte[] Signature);

    private static readonly Dictionary<string, (HashAlgorithmName Hash, bool IsRsa)> Algorithms = new(StringComparer.Ordinal)
    {
        // RFC 8017 and RFC 5758
        ["1.2.840.113549.1.1.11"] = (HashAlgorithmName.SHA256, true),
        ["1.2.840.113549.1.1.12"] = (HashAlgorithmName.SHA384, true),
        ["1.2.840.113549.1.1.13"] = (HashAlgorithmName.SHA512, true),
        ["1.2.840.10045.4.3.2"] = (HashAlgorithmName.SHA256, false),
        ["1.2.840.10045.4.3.3"] = (HashAlgorithmName.SHA384, false),
        ["1.2.840.10045.4.3.4"] = (HashAlgorithmName.SHA512, false),
    };

    private readonly List<Crl> _lists = [];

    /// <param name="file">What the messages name.</param>
    /// <param name="pem">One or more lists in PEM.</param>
    /// <exception cref="CredentialFileException">Something else.</exception>
    public static RevocationList Parse(string file, string pem)
    {
        var parsed = new RevocationList();
        try
        {
            var rest = pem.AsSpan();
            while (PemEncoding.TryFind(rest, out var fields))
            {
                if (rest[fields.Label].SequenceEqual("X509 CRL"))
                    parsed._lists.Add(Read(Convert.FromBase64String(rest[fields.Base64Data].ToString())));
                rest = rest[fields.Location.End..];
            }
        }
        catch (Exception e) when (e is AsnContentException or FormatException)
        {
            throw new CredentialFileException($"expected revocation lists in PEM in '{file}'; found {e.Message}", e);
        }
        return parsed._lists.Count > 0 ? parsed
            : throw new CredentialFileException($"expected revocation lists in PEM ('BEGIN X509 CRL') in '{file}'; found none", null);
    }

    /// <summary>When the first of the lists is out of date; null where none says.</summary>
    public DateTimeOffset? NextUpdate => _lists.Select(l => l.NextUpdate).Min();

    /// <summary>Whether an authority has revoked the certificate.</summary>
    /// <param name="authorities">Where the authority's key is found.</param>
    public bool IsRevoked(X509Certificate2 certificate, IEnumerable<X509Certificate2> authorities)
    {
        var serial = new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: true, isBigEndian: true);
        return _lists.Any(list => list.Issuer.AsSpan().SequenceEqual(certificate.IssuerName.RawData) && list.Serials.Contains(serial)
            && authorities.Any(a => a.SubjectName.RawData.AsSpan().SequenceEqual(list.Issuer) && IsSignedBy(list, a)));
    }

    private static bool IsSignedBy(Crl list, X509Certificate2 authority)
    {
        if (!Algorithms.TryGetValue(list.Algorithm, out var algorithm)) return false;
        try
        {
            if (algorithm.IsRsa)
            {
                using var rsa = authority.GetRSAPublicKey();
                return rsa?.VerifyData(list.Signed, list.Signature, algorithm.Hash, RSASignaturePadding.Pkcs1) == true;
            }
            using var ecdsa = authority.GetECDsaPublicKey();
            return ecdsa?.VerifyData(list.Signed, list.Signature, algorithm.Hash, DSASignatureFormat.Rfc3279DerSequence) == true;
        }
        catch (CryptographicException)
        {
            return false; // a key of another kind
        }
    }

    private static Crl Read(byte[] der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var signed = outer.PeekEncodedValue().ToArray();
        var list = outer.ReadSequence();
        var algorithm = outer.ReadSequence().ReadObjectIdentifier();
        var signature = outer.ReadBitString(out _);
        if (list.PeekTag().HasSameClassAndValue(Asn1Tag.Integer)) list.ReadInteger();
        list.ReadSequence(); // the algorithm again
        var issuer = list.ReadEncodedValue().ToArray();
        ReadTime(list);
        DateTimeOffset? next = list.HasData && IsTime(list) ? ReadTime(list) : null;
        var serials = new HashSet<BigInteger>();
        if (list.HasData && list.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
            for (var revoked = list.ReadSequence(); revoked.HasData;) serials.Add(revoked.ReadSequence().ReadInteger());
        return new Crl(issuer, next, serials, signed, algorithm, signature);
    }

    private static bool IsTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) || reader.PeekTag().HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}
