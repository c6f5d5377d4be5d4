using System.Security.Cryptography;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Placeholders;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Privacy;

/// <summary>Keyed actions, roles, and conversations over several queries.</summary>
public sealed class ActionTests
{
    /// <summary>Samples 1, 2, 3, 7 and 9 that NIST published with SP 800-38G.</summary>
    [Theory]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3C", "", 10, "0123456789", "2433477484")]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3C", "39383736353433323130", 10, "0123456789", "6124200773")]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3C", "3737373770717273373737", 36, "0123456789abcdefghi", "a9tv40mll9kdu509eum")]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94", "", 10, "0123456789", "6657667009")]
    [InlineData("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94", "3737373770717273373737", 36, "0123456789abcdefghi",
        "xs8a0azh2avyalyzuwd")]
    public void FormatPreserving_PublishedSamples_ComeOut(string key, string tweak, int radix, string plain, string secret)
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

    [Fact]
    public void Scrub_KeyedActions_ReplaceByPseudonymAndShape()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory.File("key"), RandomNumberGenerator.GetBytes(32));
        var options = new PrivacyOptions
        {
            KeyFile = directory.File("key"),
            Actions = new Dictionary<string, string> { ["EMAIL"] = "hash", ["PHONE"] = "encrypt", ["EMPLOYEE_ID"] = "encrypt" }
        };
        Assert.Empty(options.Problems());
        using var key = PrivacyKey.Load(options.KeyFile);
        var desensitizer = new Desensitizer(options, null, key);
        using var conversation = new Conversation();
        var text = desensitizer.Scrub("a@b.org 打13812345678 工号A10233", conversation).Text.Text;
        var other = desensitizer.Scrub("a@b.org", new Conversation()).Text.Text;
        Assert.Matches("^EMAIL#[0-9a-f]{12} 打[0-9]{11} 工号<EMPLOYEE_ID_1>$", text); // too short to keep its shape: replaced
        Assert.StartsWith(other, text, StringComparison.Ordinal); // the same pseudonym in every conversation
        Assert.DoesNotContain("13812345678", text, StringComparison.Ordinal);
        Assert.Equal("13812345678", key.FormatPreserving.Decrypt(text[(text.IndexOf('打', StringComparison.Ordinal) + 1)..][..11], "PHONE"));
    }

    [Fact]
    public void Problems_KeyedActionsAndRoles_AreNamed()
    {
        Assert.Contains(new PrivacyOptions { Actions = new Dictionary<string, string> { ["EMAIL"] = "hash" } }.Problems(),
            p => p.StartsWith("Privacy:KeyFile is needed", StringComparison.Ordinal));
        Assert.Contains(new PrivacyOptions { KeyFile = "/nonexistent" }.Problems(),
            p => p.StartsWith("Privacy:KeyFile must be", StringComparison.Ordinal));
        Assert.Contains(new PrivacyOptions { Roles = [new RestoreRole { ReplyPrefixes = ["a/#"] }] }.Problems(),
            p => p.StartsWith("Privacy:Roles:0:ReplyPrefixes", StringComparison.Ordinal));
        Assert.Contains(new PrivacyOptions { ConversationMinutes = 0 }.Problems(),
            p => p.StartsWith("Privacy:ConversationMinutes", StringComparison.Ordinal));
    }

    [Fact]
    public void Conversations_Idle_AreForgottenAndZeroed()
    {
        var clock = new FakeTimeProvider();
        using var store = new Conversations(2, TimeSpan.FromMinutes(10), clock);
        using (var lease = store.Open("a"))
        {
            Assert.Equal("<PERSON_1>", lease.Conversation.Placeholder("PERSON", "张伟"));
            clock.Advance(TimeSpan.FromMinutes(60)); // in use: kept
        }
        using (var again = store.Open("a")) Assert.Equal("张伟", again.Conversation.Value("<PERSON_1>"));
        using (var other = store.Open("b")) Assert.Null(other.Conversation.Value("<PERSON_1>"));
        var (first, second) = (store.Open("a"), store.Open("b"));
        first.Dispose();
        clock.Advance(TimeSpan.FromSeconds(1));
        using (store.Open("c")) Assert.Equal(2, store.Count); // the longest idle one made room
        Assert.Null(first.Conversation.Value("<PERSON_1>"));
        second.Dispose();
        clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(0, store.Count);
        using var own = store.Open(null);
        own.Conversation.Placeholder("PERSON", "李强");
        own.Dispose();
        Assert.Null(own.Conversation.Value("<PERSON_1>"));
    }

    /// <summary>The quick look never says no where something would be found.</summary>
    [Fact]
    public void CouldFind_FactoryPositives_NeverMissesAFinding()
    {
        var patterns = new Desensitizer(new PrivacyOptions(), entities: null);
        var texts =
            System.Text.Json.JsonDocument.Parse(
                File.ReadAllBytes(Path.Combine(SharedData.Repository, "provisioning", "entities", "suites",
                    "factory.json"))).RootElement.EnumerateArray().Select(t => t.GetProperty("full_text").GetString()!).ToList();
        Assert.All(texts, t => Assert.True(patterns.CouldFind(t) || patterns.Find(t).Count == 0, t));
        Assert.Contains(texts, t => !patterns.CouldFind(t));
    }

    /// <summary>A refused match does not hide the right one that begins inside it.</summary>
    [Fact]
    public void Find_RightOneInsideARefusedMatch_IsFound()
    {
        var patterns = new Desensitizer(new PrivacyOptions(), entities: null);
        const string text = "qty 25 4111 1111 1111 1111";
        var finding = Assert.Single(patterns.Find(text));
        Assert.Equal("4111 1111 1111 1111", text[finding.Start..finding.End]);
    }
}
