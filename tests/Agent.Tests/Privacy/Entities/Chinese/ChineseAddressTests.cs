using EdgeAgent.Privacy.Entities.Chinese;

namespace EdgeAgent.Tests.Privacy.Entities.Chinese;

public sealed class ChineseAddressTests
{
    [Theory]
    [InlineData("苏州市星湖街", "328号2号楼301室收", "328号2号楼301室")]
    [InlineData("苏州市", "328号", "")]
    [InlineData("长江路", "12345678号", "")]
    public void End_HouseNumber_BelongsToTheAddress(string address, string behind, string more) =>
        Assert.Equal(address.Length + more.Length, ChineseAddress.End(address + behind, address.Length));
}
