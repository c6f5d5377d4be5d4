using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Entities.Alphabets;

namespace EdgeAgent.Tests.Privacy.Entities.Alphabets;

public sealed class AddressSpansTests
{
    /// <summary>Addresses are one span in running text, their parts where they stand as a block; places in a row are their own.</summary>
    [Theory]
    [InlineData("12 Mill Lane\nSuite 4\nLeeds\nPoland 30402", "12 Mill Lane|Suite 4|Leeds|Poland|30402")]
    [InlineData("to 12 Mill Lane\nSuite 4\nLeeds\nPoland 30402", "12 Mill Lane\nSuite 4\nLeeds\nPoland 30402")]
    [InlineData("> 31 12 Mill Lane\n> Suite 4\n> Leeds", "31|12 Mill Lane|Suite 4|Leeds")]
    [InlineData("in Leeds, Turin", "Leeds|Turin")]
    [InlineData("at 12 Mill Lane, Leeds.", "12 Mill Lane, Leeds.")]
    public void Tidy_Place_IsCutAsItStands(string text, string expected)
    {
        var start = text.IndexOfAny(['1', 'L', '3']);
        Assert.Equal(expected,
            string.Join('|', AddressSpans.Tidy(text, start, text.Length, EntityTypes.Location).Select(s => text[s.Start..s.End])));
    }

    /// <summary>A number before an address, and both streets of a corner, belong to it.</summary>
    [Theory]
    [InlineData("It is in 36 29 Mill Lane, Leeds.", "29 Mill Lane, Leeds", null, "36 29 Mill Lane, Leeds")]
    [InlineData("at the corner of Mill Lane 9 and Long Street", "Mill Lane", "Long Street", "the corner of Mill Lane 9 and Long Street")]
    [InlineData("in Leeds and Turin", "Leeds", "Turin", "Leeds|Turin")]
    [InlineData("at line 3 Leeds", "Leeds", null, "Leeds")]
    public void Join_PartsOfAnAddress_AreOnePlace(string text, string first, string? second, string expected)
    {
        const int place = 1;
        var found = new[] { first, second }.OfType<string>().Select(p => (text.IndexOf(p, StringComparison.Ordinal), p.Length))
            .Select(p => (p.Item1, p.Item1 + p.Length, place));
        Assert.Equal(expected, string.Join('|', AddressSpans.Join(text, found).Select(s => text[s.Start..s.End])));
    }

    [Fact]
    public void Tidy_NameBesideANumber_LeavesTheNumber() =>
        Assert.Equal([(13, 17, EntityTypes.Person)], AddressSpans.Tidy("138123456789 Karl", 0, 17, EntityTypes.Person));
}
