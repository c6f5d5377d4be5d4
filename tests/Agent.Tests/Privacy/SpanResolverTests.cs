using CsCheck;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy;

public sealed class SpanResolverTests
{
    private static readonly string Letters = new('x', 30);

    private static Finding Make(int start, int end, string type, double score = 1, bool validated = false) =>
        new(start, end, type, score, "t", validated);

    private static string Resolve(string text, params Finding[] findings) =>
        string.Join(' ', SpanResolver.Resolve(text, findings).Select(f => $"{f.Type}:{f.Start}-{f.End}"));

    /// <summary>Validated beats longer; longer beats surer; surer beats the order of types.</summary>
    [Fact]
    public void Resolve_Conflicts_FollowTheStatedRule()
    {
        Assert.Equal("LOCATION:0-20", Resolve(Letters, Make(0, 20, "LOCATION", 0.5), Make(5, 10, "PHONE")));
        Assert.Equal("QQ:0-9", Resolve(Letters, Make(0, 9, "PHONE", 0.5), Make(0, 9, "QQ", 0.8)));
        Assert.Equal("PHONE:0-9", Resolve(Letters, Make(0, 9, "QQ", 0.5), Make(0, 9, "PHONE", 0.5)));
        Assert.Equal("A:0-5 B:5-9", Resolve(Letters, Make(0, 5, "A"), Make(5, 9, "B")));
    }

    /// <summary>What a winner leaves of another type stays a finding of its own; one of its type makes it longer.</summary>
    [Fact]
    public void Resolve_Losers_LeaveNothingInTheClear()
    {
        Assert.Equal("PERSON:0-5 IBAN:5-10 PERSON:10-20", Resolve(Letters, Make(0, 20, "PERSON"), Make(5, 10, "IBAN", 0.5, true)));
        Assert.Equal("A:0-6 B:6-7 C:7-12", Resolve(Letters, Make(0, 6, "A"), Make(5, 8, "B"), Make(7, 12, "C")));
        Assert.Equal("A:0-8", Resolve(Letters, Make(0, 6, "A"), Make(5, 8, "A")));
        Assert.Equal("A:2-12", Resolve(Letters, Make(5, 12, "A"), Make(2, 6, "A")));
        Assert.Equal("A:0-4 A:4-9", Resolve(Letters, Make(0, 4, "A", 1, true), Make(6, 9, "A", 1, true), Make(2, 8, "A")));
    }

    /// <summary>A rest of blanks and marks is none.</summary>
    [Fact]
    public void Resolve_RestWithoutALetter_IsNone() =>
        Assert.Equal("IBAN:3-8 PERSON:10-12", Resolve("-, 12345; ab", Make(0, 12, "PERSON"), Make(3, 8, "IBAN", 1, true)));

    /// <summary>Whatever overlaps, every letter that a finding covers is covered in the end, once.</summary>
    [Fact]
    public void Resolve_AnyFindings_CoverWhatTheyCovered() =>
        Gen.Select(Gen.Int[0, 28], Gen.Int[1, 12], Gen.Int[0, 2], Gen.Bool).Array[0, 9].Sample(cases =>
        {
            var findings = cases.Select(c =>
                Make(c.Item1, Math.Min(Letters.Length, c.Item1 + c.Item2), $"{(char)('A' + c.Item3)}", 1, c.Item4)).ToList();
            var resolved = SpanResolver.Resolve(Letters, findings);
            for (var i = 0; i < Letters.Length; i++)
                Assert.Equal(findings.Exists(f => f.Start <= i && i < f.End) ? 1 : 0, resolved.Count(f => f.Start <= i && i < f.End));
            Assert.Equal(resolved.OrderBy(f => f.Start), resolved);
        }, iter: Fuzzing.Cases);
}
