using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Storage;

namespace EdgeAgent.Tests.Knowledge.Storage;

/// <summary>A changed manual is a delta of its changed parts.</summary>
public sealed class PassagePartsTests
{
    private static List<Passage> Manual(int passages) => [.. Enumerable.Range(0, passages).Select(i =>
        new Passage($"Step {i}: tighten bolt {i} to {i % 90} Nm.", 1 + i / 4, $"{i / 10} Section", 50 * i))];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Read_OfWhatWasCut_IsTheSamePassages(int count)
    {
        var passages = Manual(count);
        var parts = PassageParts.Cut(passages).ToList();
        Assert.Equal(passages, parts.SelectMany(p => PassageParts.Read(p.Part, p.Content)));
        Assert.All(parts, p => Assert.Equal(PassageParts.NameOf(p.Content), p.Part.File));
    }

    [Fact]
    public void Cut_FormatWithoutPages_KeepsThemOut()
    {
        List<Passage> passages = [new("a", null, "", 10), new("b", null, "", 20)];
        Assert.Equal(passages, PassageParts.Cut(passages).SelectMany(p => PassageParts.Read(p.Part, p.Content)));
    }

    /// <summary>Pages put in at the front move everything behind: place and page of each passage change, the parts' bytes do not.</summary>
    [Fact]
    public void Cut_PagesPutInAtTheFront_ChangesThePartsThereOnly()
    {
        var before = Manual(2000);
        var after = before.Take(10)
            .Append(new Passage("New: switch the machine off first.", 3, "1 Section", 500))
            .Concat(before.Skip(10).Select(p => p with { Start = p.Start + 300, Page = p.Page + 2 })).ToList();
        var known = PassageParts.Cut(before).Select(p => p.Part.File).ToHashSet();
        var parts = PassageParts.Cut(after).ToList();
        Assert.InRange(parts.Count(p => !known.Contains(p.Part.File)), 1, 4);
        Assert.True(parts.Count > 20, $"{parts.Count} parts");
        Assert.Equal(after, parts.SelectMany(p => PassageParts.Read(p.Part, p.Content)));
    }
}
