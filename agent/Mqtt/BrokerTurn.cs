namespace EdgeAgent.Mqtt;

/// <summary>
/// Which of several brokers is tried: the next one after a failure, the first one again after a connection that has lived a while.
/// A connection to another broker is not given up because the first one returns: the next reconnect goes there.
/// </summary>
/// <param name="brokers">At least one, the preferred one first.</param>
internal sealed class BrokerTurn(IReadOnlyList<BrokerAddress> brokers)
{
    private volatile int _current, _next;

    /// <summary>The broker of the latest attempt; the first one before any.</summary>
    public BrokerAddress Current => brokers[_current];

    /// <summary>Begins an attempt, and says where.</summary>
    public BrokerAddress Begin()
    {
        _current = _next;
        return Current;
    }

    /// <summary>The attempt failed, or its connection ended soon.</summary>
    public void Failed() => _next = (_current + 1) % brokers.Count;

    /// <summary>The connection has lived a while.</summary>
    public void Lived() => _next = 0;
}
