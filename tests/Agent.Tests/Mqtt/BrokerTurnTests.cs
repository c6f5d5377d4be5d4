using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Mqtt;

public sealed class BrokerTurnTests
{
    private static readonly BrokerAddress[] Brokers = [.. new[] { "a", "b", "c" }.Select(h => new BrokerAddress(h, 1883, Tls: false))];

    [Fact]
    public void Begin_AfterFailures_GoesRound()
    {
        var turn = new BrokerTurn(Brokers);
        var tried = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            tried.Add(turn.Begin().Host);
            turn.Failed();
            Assert.Equal(tried[^1], turn.Current.Host); // the one that failed, for the log
        }
        Assert.Equal(["a", "b", "c", "a", "b", "c", "a"], tried);
    }

    [Fact]
    public void Begin_AfterAConnectionThatLived_IsTheFirstAgain()
    {
        var turn = new BrokerTurn(Brokers);
        turn.Begin();
        turn.Failed();
        Assert.Equal("b", turn.Begin().Host);
        turn.Lived();
        Assert.Equal("b", turn.Current.Host);
        Assert.Equal("a", turn.Begin().Host);
    }

    [Theory]
    [InlineData("mqtt://a", 1)]
    [InlineData("mqtts://a:1, mqtt://b ,mqtt://c", 3)]
    [InlineData("", 0)]
    [InlineData("mqtt://a,", 0)]
    [InlineData("mqtt://a,http://b", 0)]
    [InlineData("mqtt://user:secret@a", 0)]
    public void TryParseList_TakesOnlyBrokers(string text, int expected)
    {
        Assert.Equal(expected > 0, BrokerAddress.TryParseList(text, out var brokers));
        if (expected > 0) Assert.Equal(expected, brokers.Count);
    }
}
