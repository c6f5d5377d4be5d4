using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy;

public sealed class NormalizedTextTests
{
    [Fact]
    public void Normalized_Positions_LeadBackToTheOriginal()
    {
        const string text = "ﬁ Ａ1\u200b2 e\u0301\u0301x 😀９";
        var normalized = NormalizedText.Of(text);
        Assert.Equal("fi A12 é\u0301x 😀9", normalized.Text);
        var at = normalized.Text.IndexOf("12", StringComparison.Ordinal);
        Assert.Equal("1\u200b2", text[normalized.Start(at)..normalized.End(at + 2)]);
        at = normalized.Text.IndexOf('9', StringComparison.Ordinal);
        Assert.Equal("９", text[normalized.Start(at)..normalized.End(at + 1)]);
        Assert.Equal("ﬁ", text[normalized.Start(1)..normalized.End(2)]);
    }
}
