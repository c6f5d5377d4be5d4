using MQTTnet;
using Polly;
using Polly.Retry;

namespace EdgeAgent.Mqtt;

/// <summary>Why a connection ended.</summary>
internal enum ConnectionEnd
{
    /// <summary>It broke, or the broker closed it without a reason of interest.</summary>
    Lost,

    /// <summary>The broker named a fault in what it was sent (MQTT 5, section 3.14.2.1).</summary>
    Faulted,

    /// <summary>Another client has connected with the same client id.</summary>
    TakenOver,
}

/// <summary>A connection ended so soon that the next one must wait.</summary>
/// <param name="mustYield">Whether another client has the better right to the client id; null where there is no other.</param>
internal sealed class ConnectionLostException(string message, bool? mustYield) : IOException(message)
{
    public bool? MustYield => mustYield;
}

/// <summary>
/// When to connect again. Delays double, with jitter, over failed attempts and over connections that ended soon, and begin anew only
/// after a connection has lived a while: a message over which the broker ends the connection makes no storm. Of two clients of one name
/// the later one waits longer and longer; the earlier one comes back at once.
/// </summary>
internal static class Reconnecting
{
    /// <summary>A connection that has lived so long is replaced at once.</summary>
    public static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500), LongestYield = TimeSpan.FromMinutes(5);

    /// <param name="waiting">Gets the cause and the delay before each wait.</param>
    public static ResiliencePipeline Pipeline(TimeSpan maxDelay, TimeProvider clock, Action<Exception?, TimeSpan> waiting) =>
        new ResiliencePipelineBuilder { TimeProvider = clock }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = FirstDelay < maxDelay ? FirstDelay : maxDelay,
            MaxDelay = maxDelay,
            DelayGenerator = attempt => ValueTask.FromResult(attempt.Outcome.Exception is ConnectionLostException { MustYield: { } yields }
                ? yields ? Yield(attempt.AttemptNumber) : FirstDelay : (TimeSpan?)null),
            ShouldHandle = new PredicateBuilder().Handle<Exception>(e => e is not OperationCanceledException),
            OnRetry = attempt =>
            {
                waiting(attempt.Outcome.Exception, attempt.RetryDelay);
                return default;
            },
        }).Build();

    /// <summary>1 s, 2 s, 4 s ... five minutes.</summary>
    private static TimeSpan Yield(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(LongestYield.TotalSeconds, Math.Pow(2, Math.Min(attempt, 30))));

    public static string TakenOver(string clientId) =>
        $"another client has connected as '{clientId}'. Two devices have the same name: give each its own Mqtt:Device";

    public static ConnectionEnd EndOf(MqttClientDisconnectedEventArgs e) => e.Reason switch
    {
        MqttClientDisconnectReason.SessionTakenOver => ConnectionEnd.TakenOver,
        MqttClientDisconnectReason.MalformedPacket or MqttClientDisconnectReason.ProtocolError
            or MqttClientDisconnectReason.ImplementationSpecificError or MqttClientDisconnectReason.TopicNameInvalid
            or MqttClientDisconnectReason.PacketTooLarge or MqttClientDisconnectReason.PayloadFormatInvalid
            or MqttClientDisconnectReason.NotAuthorized or MqttClientDisconnectReason.QosNotSupported
            or MqttClientDisconnectReason.RetainNotSupported => ConnectionEnd.Faulted,
        _ => ConnectionEnd.Lost,
    };

    public static string Describe(MqttClientDisconnectedEventArgs e) =>
        e.ReasonString ?? (e.Reason == MqttClientDisconnectReason.NormalDisconnection
            ? e.Exception?.InnerException?.Message ?? e.Exception?.Message ?? "the broker closed it" : e.Reason.ToString());
}
