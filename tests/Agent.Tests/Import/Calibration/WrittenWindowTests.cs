using EdgeAgent.Import.Calibration;

namespace EdgeAgent.Tests.Import.Calibration;

public sealed class WrittenWindowTests
{
    private const int End = 9;
    private static readonly TurnText Turns = new(Opening: [1, 2], BeforeAnswer: [End, 3], BeforeNextQuestion: [End, 1, 2]);

    /// <summary>Feeds what is forced, and else the draws in order; "." marks where a first token is restricted.</summary>
    private static string Run(WrittenWindow window, params int[] draws)
    {
        var steps = new List<string>();
        var next = 0;
        while (window.Forced is not null || next < draws.Length)
        {
            steps.Add(window.Forced is { } forced ? $"f{forced}" : (window.Allowed is null ? "" : ".") + draws[next]);
            window.Append(window.Forced ?? draws[next++]);
        }
        return string.Join(' ', steps);
    }

    [Fact]
    public void Conversation_EndTokens_MoveOnToTheNextPartOfTheTemplate() =>
        Assert.Equal("f1 f2 .50 51 9 f3 60 9 f1 f2 .70",
            Run(WrittenWindow.Conversation(Turns, [End], new bool[100]), 50, 51, 9, 60, 9, 70));

    /// <summary>A student that ends a turn with another of its end tokens gets the template's own in addition.</summary>
    [Fact]
    public void Conversation_AnotherEndToken_IsFollowedByTheTemplatesWholeText() =>
        Assert.Equal("f1 f2 50 8 f9 f3 60", Run(WrittenWindow.Conversation(Turns, [8, End], null), 50, 8, 60));

    [Fact]
    public void Conversation_QuestionWithoutAnEnd_IsCutOff()
    {
        var window = WrittenWindow.Conversation(Turns, [End], null);
        Run(window, Enumerable.Repeat(50, WrittenWindow.MaxQuestion + 1).ToArray());
        Assert.Equal([1, 2, .. Enumerable.Repeat(50, WrittenWindow.MaxQuestion), End, 3, 50], window.Window(500));
    }

    [Fact]
    public void Document_EndTokens_AreTextLikeAnyOther()
    {
        var window = WrittenWindow.Document([7], hideStart: true, new bool[100]);
        Assert.Equal("f7 .50 9 51", Run(window, 50, 9, 51));
        Assert.Equal([50, 9, 51], window.Window(3));
        Assert.Equal([50, 9], window.Window(2));
    }

    [Fact]
    public void Document_WithABeginToken_KeepsIt()
    {
        var window = WrittenWindow.Document([7], hideStart: false, null);
        Run(window, 50);
        Assert.Equal([7, 50], window.Window(3));
    }
}
