using CsCheck;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Placeholders;

namespace EdgeAgent.Tests.Privacy.Placeholders;

public sealed class RestorerTests
{
    private static readonly Desensitizer Desensitizer =
        new(new PrivacyOptions { Deny = new Dictionary<string, IReadOnlyList<string>> { ["PERSON"] = ["Ann", "Bo"] } }, entities: null);

    private static readonly string[] Parts =
    [
        "<", ">", "<PERSON_1>", "<PERSON_2>", "<_PERSON_1>", "<__PHONE_1>", "<PERSON_", "_1>", "<PHONE_1", "Ann", "Bo", "13812345678",
        "a@b.org", "<A_0>", "<A_01>", "<_", "_", " ", "1", "X_", "<<", "\n", "你好", "😀", "<X>", "<PERSON>", "</PERSON_1>",
        "<PERSON_123456789>",
    ];

    private static readonly Gen<string> Texts =
        Gen.Select(Gen.Int[0, 2 * Parts.Length], Gen.Char, (i, c) => i < Parts.Length ? Parts[i] : c.ToString()).Array[0,
            12].Select(string.Concat);

    /// <summary>restore(scrub(x)) is x, in one piece and cut anywhere, whatever x looks like.</summary>
    [Fact]
    public void Restore_OfAnyScrubbedText_IsTheText() => Gen.Select(Texts, Gen.Int[1, 7]).Sample((text, size) =>
    {
        using var conversation = new Conversation();
        var (scrubbed, _) = Desensitizer.Scrub(text, conversation);
        Assert.Equal(text, Restorer.Restore(scrubbed.Text, conversation.Value));
        var restorer = new Restorer(conversation.Value);
        var pieces = "";
        for (var at = 0; at < scrubbed.Text.Length; at += size)
            pieces += restorer.Add(scrubbed.Text.Substring(at, Math.Min(size, scrubbed.Text.Length - at)));
        Assert.Equal(text, pieces + restorer.Finish());
    }, iter: Fuzzing.Cases * 10);

    /// <summary>Nothing is held back that cannot become a placeholder, and never more than one could be.</summary>
    [Fact]
    public void Add_Stream_HoldsBackOnlyWhatCouldBegin()
    {
        var restorer = new Restorer(p => p == "<PERSON_1>" ? "张伟" : null);
        Assert.Equal("torque 25 ", restorer.Add("torque 25 "));
        Assert.Equal("a ", restorer.Add("a <"));
        Assert.Equal(1, restorer.Held);
        Assert.Equal("<b", restorer.Add("b"));
        Assert.Equal("", restorer.Add("<PERS"));
        Assert.Equal("", restorer.Add("ON_1"));
        Assert.Equal("张伟!", restorer.Add(">!"));
        Assert.Equal(0, restorer.Held);
        Assert.Equal("<PERSON_9>", restorer.Add("<PERSON_9>")); // unknown: as it is
    }

    [Fact]
    public void Restore_ValueThatLooksLikeAPlaceholder_IsNotRestoredAgain()
    {
        using var conversation = new Conversation();
        var first = conversation.Placeholder("PERSON", "<PERSON_2>");
        var second = conversation.Placeholder("PERSON", "secret");
        Assert.Equal("<PERSON_2> secret", Restorer.Restore($"{first} {second}", conversation.Value));
    }
}
