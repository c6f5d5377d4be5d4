using EdgeAgent.Queries;

namespace EdgeAgent.Tests.Queries;

public sealed class ToolCallTextTests
{
    [Theory]
    [InlineData("plain", "plain", "")]
    [InlineData("Wait.\n<tool_call>\n{\"name\": \"read\", \"arguments\": {\"t\": 1}}\n</tool_call>", "Wait.", "read{\"t\": 1}")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"b\",\"arguments\":{}}</tool_call>", "",
        "a{}b{}")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":{}}", null, "")]
    [InlineData("<tool_call>{\"name\":\"a\"}</tool_call>", null, "")]
    [InlineData("<tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call> and more", null, "")]
    [InlineData("<tool_call>read(1)</tool_call>", null, "")]
    [InlineData("<tool_call>{\"name\":\"\\ud800\",\"arguments\":{}}</tool_call>", null, "")]
    public void Read_Text_TakesWholeCallsAndLeavesTheRest(string text, string? content, string calls)
    {
        var (left, found) = ToolCallText.Read(text, "id");
        Assert.Equal((content ?? text, calls), (left, string.Concat(found.Select(c => c.Name + c.Arguments))));
        Assert.Equal(found.Count, found.Select(c => c.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("a <b> c", "a <b> c", "")]
    [InlineData("wait <tool_call>{}", "wait ", "")]
    [InlineData("less < more <tool", "less < more ", "<tool")]
    public void Hold_StreamedPieces_ShowsNoCall(string text, string shown, string rest)
    {
        for (var size = 1; size <= text.Length; size++)
        {
            var hold = new ToolCallHold();
            Assert.Equal(shown, string.Concat(text.Chunk(size).Select(c => hold.Add(new string(c)))));
            Assert.Equal(rest, hold.Finish());
        }
    }
}
