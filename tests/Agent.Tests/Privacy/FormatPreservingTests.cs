using System.Security.Cryptography;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy;

public sealed class FormatPreservingTests
{
    /// <summary>Samples 1, 2, 3, 7 and 9 that NIST published with SP 800-38G.</summary>
    [Theory]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3C", "", 10, "0123456789", "2433477484")]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3C", "39383736353433323130", 10, "0123456789", "6124200773")]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3C", "3737373770717273373737", 36, "0123456789abcdefghi", "a9tv40mll9kdu509eum")]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94", "", 10, "0123456789", "6657667009")]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94", "3737373770717273373737", 36, "0123456789abcdefghi",
        "xs8a0azh2avyalyzuwd")]
    public void Apply_PublishedSamples_GivesThePublishedResults(string key, string tweak, int radix, string plain, string secret)
    {
        using var fpe = new FormatPreserving(Convert.FromHexString(key));
        int[] Numerals(string s) => [.. s.Select(c => char.IsAsciiDigit(c) ? c - '0' : c - 'a' + 10)];
        Assert.Equal(Numerals(secret), fpe.Apply(Numerals(plain), radix, Convert.FromHexString(tweak), encrypt: true));
        Assert.Equal(Numerals(plain), fpe.Apply(Numerals(secret), radix, Convert.FromHexString(tweak), encrypt: false));
    }

    [Fact]
    public void Encrypt_AnyValue_KeepsItsShapeAndComesBack()
    {
        using var fpe = new FormatPreserving(RandomNumberGenerator.GetBytes(32));
        foreach (var value in new[] { "138-1234-5678", "john.miller@example.org", "+49 30 901820", "4111 1111 1111 1111",
            "WVWZZZ1JZXW000001" })
        {
            var secret = fpe.Encrypt(value, "T")!;
            Assert.NotEqual(value, secret);
            Assert.Equal(value.Select(c => char.IsAsciiDigit(c) ? '0' : char.IsAsciiLetterUpper(c) ? 'A' : char.IsAsciiLetter(c) ? 'a' : c),
                secret.Select(c => char.IsAsciiDigit(c) ? '0' : char.IsAsciiLetterUpper(c) ? 'A' : char.IsAsciiLetter(c) ? 'a' : c));
            Assert.Equal(value, fpe.Decrypt(secret, "T"));
            Assert.NotEqual(value, fpe.Decrypt(secret, "U"));
        }
        foreach (var tooShort in new[] { "张伟", "A10233", "12345", "abcd", "--" }) Assert.Null(fpe.Encrypt(tooShort, "T"));
    }
}
