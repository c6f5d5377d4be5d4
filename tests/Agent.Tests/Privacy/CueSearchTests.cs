using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Patterns;

namespace EdgeAgent.Tests.Privacy;

public sealed class CueSearchTests
{
    private static readonly CueSearch Builtin = new(BuiltinRecognizers.All);

    /// <summary>Values of every kind, the rare ones without any digit too: a text with one is never passed unread.</summary>
    [Theory]
    [InlineData("AA-BB-CC-DD-EE-FF")]
    [InlineData("京AABCDE")]
    [InlineData("微信 zhang_wei")]
    [InlineData("WeChat zhang_wei")]
    [InlineData("http://example.org")]
    [InlineData("a.b@example.org")]
    [InlineData("eyJhbGciOiJI.eyJzdWIiOiJx.SflKxwRJSMeK")]
    [InlineData("-----BEGIN PRIVATE KEY-----abcdefghijklmnopq-----END PRIVATE KEY-----")]
    [InlineData("AKIAIOSFODNNEXAMPLEX")]
    [InlineData("sk-abcdefghijklmnopqrstuv")]
    [InlineData("１３８１２３４５６７８")] // full-width
    public void CouldFind_ValueWithoutAsciiDigits_IsNotMissed(string text)
    {
        Assert.NotEmpty(new Desensitizer(new PrivacyOptions(), entities: null).Find(text));
        Assert.True(Builtin.CouldFind(text));
    }

    [Theory]
    [InlineData("主轴过热,请断电上锁。")]
    [InlineData("Turn the key to Auto, then wait.")]
    [InlineData("\"Yes\" (a valve's state)")]
    public void CouldFind_OrdinaryText_IsPassed(string text) => Assert.False(Builtin.CouldFind(text));

    [Fact]
    public void CouldFind_RecognizerWithoutCues_ReadsEveryText() =>
        Assert.True(new CueSearch([new PatternRecognizer("letters", "X", "[a-z]+")]).CouldFind("x"));

    [Fact]
    public void CouldFind_DenyList_GoesByItsValues()
    {
        var cues = new CueSearch([new DenyListRecognizer("PROJECT", ["Falcon"])]);
        Assert.True(cues.CouldFind("the falcon line"));
        Assert.False(cues.CouldFind("the eagle line"));
    }
}
