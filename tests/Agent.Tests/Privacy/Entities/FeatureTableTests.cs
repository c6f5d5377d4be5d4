using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Alphabets;
using EdgeAgent.Privacy.Entities.Chinese;

namespace EdgeAgent.Tests.Privacy.Entities;

public sealed class FeatureTableTests
{
    private static readonly FeatureTemplate Single, Row;
    private static readonly FeatureTable Sample = new();

    static FeatureTableTests() => (Single, Row) = (Sample.Add(7, name: "single"), Sample.Add(10, 3, "row"));

    /// <summary>A table is as wide as its templates' numbers together, whatever their values.</summary>
    [Fact]
    public void Add_Templates_AreNamedAndTheirWidthIsCounted()
    {
        Assert.Equal(4, Sample.Width);
        Assert.Equal([("single", Single), ("row", Row)], Sample.Templates);
        Assert.Equal(new FeatureTemplate(12, 1), Row[2]);
    }

    [Theory]
    [InlineData(7, 1, "single")]
    [InlineData(12, 1, "row")]
    [InlineData(8, 5, "row")]
    public void Add_TakenNumber_IsNamed(uint id, int count, string taken)
    {
        var error = Assert.Throws<InvalidOperationException>(() => Sample.Add(id, count, "new"));
        Assert.StartsWith($"feature template new ({id}) overlaps {taken} (", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, Sample.Width);
    }

    public static TheoryData<string> Models => ["characters", "spans", "words"];

    private static FeatureTable Table(string model) => model switch
    {
        "characters" => CharacterTemplates.Table,
        "spans" => SpanTemplates.Table,
        _ => AlphabetTemplates.Table,
    };

    /// <summary>Trained models hold the hashes of these numbers: none may change, and a new one must be free.</summary>
    [Theory]
    [InlineData("characters", 67, "1-5 10-13 15 16-18 20 30-37 40 41 45 47 50 52 60 70 71 72 73 74 75 76 77 78 80 81 82 83 84 90 91 92 "
        + "93 94 95 96 97 98 100 101 102 103 104 105 106 110 111 112 113 114 115 116 117")]
    [InlineData("spans", 43, "201 202 203 204 205 206 207 208 209 210 211 212 213 214 215 216 217 218 219 220 221 222 223 224 225 226 "
        + "227 228 229 230 231 232 233 234 235 240 241 242 243 244 245 246 247")]
    [InlineData("words", 44, "101-105 111-115 121-125 130 131 132 133 134 135 136 137 138 139 140 141 151-154 161-164 170-177 190")]
    public void Templates_OfTrainedModels_KeepTheirNumbers(string model, int width, string numbers)
    {
        var templates = Table(model).Templates;
        Assert.Equal(numbers, string.Join(' ', templates.Select(t => t.Template).OrderBy(t => t.Id)
            .Select(t => t.Count == 1 ? $"{t.Id}" : $"{t.Id}-{t.Id + t.Count - 1}")));
        Assert.Equal(width, Table(model).Width);
        Assert.Equal(width, templates.Sum(t => t.Template.Count));
        Assert.All(templates, t => Assert.Matches("^[A-Z][A-Za-z]+$", t.Name)); // the field's name
    }

    /// <summary>The hash of a number and values, as trained models hold it.</summary>
    [Fact]
    public void Hash_OfTrainedModels_KeepsItsBits()
    {
        Assert.Equal(0xFD83A73Cu, FeatureHash.Of("spindle"));
        Assert.Equal(0x658D0077u, FeatureHash.Of(203, 1, 2, 3));
    }
}
