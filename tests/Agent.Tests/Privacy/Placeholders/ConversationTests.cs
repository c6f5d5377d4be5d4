using EdgeAgent.Privacy.Placeholders;

namespace EdgeAgent.Tests.Privacy.Placeholders;

public sealed class ConversationTests
{
    [Fact]
    public void Placeholder_SameValue_HasOnePlaceholderAndIsBounded()
    {
        using var conversation = new Conversation(maxValues: 2);
        Assert.Equal("<PERSON_1>", conversation.Placeholder("PERSON", "Ann"));
        Assert.Equal("<PERSON_2>", conversation.Placeholder("PERSON", "ann"));
        Assert.Equal("<PERSON_1>", conversation.Placeholder("PERSON", "Ann"));
        Assert.Throws<InvalidOperationException>(() => conversation.Placeholder("PHONE", "1"));
    }
}
