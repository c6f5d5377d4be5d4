using EdgeAgent.Privacy.Placeholders;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Privacy.Placeholders;

public sealed class ConversationsTests
{
    [Fact]
    public void Open_Idle_AreForgottenAndZeroed()
    {
        var clock = new FakeTimeProvider();
        using var store = new Conversations(2, TimeSpan.FromMinutes(10), clock);
        using (var lease = store.Open("a"))
        {
            Assert.Equal("<PERSON_1>", lease.Conversation.Placeholder("PERSON", "张伟"));
            clock.Advance(TimeSpan.FromMinutes(60)); // in use: kept
        }
        using (var again = store.Open("a")) Assert.Equal("张伟", again.Conversation.Value("<PERSON_1>"));
        using (var other = store.Open("b")) Assert.Null(other.Conversation.Value("<PERSON_1>"));
        var (first, second) = (store.Open("a"), store.Open("b"));
        first.Dispose();
        clock.Advance(TimeSpan.FromSeconds(1));
        using (store.Open("c")) Assert.Equal(2, store.Count); // the longest idle one made room
        Assert.Null(first.Conversation.Value("<PERSON_1>"));
        second.Dispose();
        clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(0, store.Count);
        using var own = store.Open(null);
        own.Conversation.Placeholder("PERSON", "李强");
        own.Dispose();
        Assert.Null(own.Conversation.Value("<PERSON_1>"));
    }
}
