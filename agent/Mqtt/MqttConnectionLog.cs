using Microsoft.Extensions.Logging;

namespace EdgeAgent.Mqtt;

/// <summary>What a connection logs.</summary>
internal sealed partial class MqttConnection
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to {Broker} as {ClientId}, session present: {SessionPresent}")]
    private static partial void Connected(ILogger logger, string broker, string clientId, bool sessionPresent);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost the connection to {Broker}: {Reason}")]
    private static partial void ConnectionLost(ILogger logger, string broker, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No connection to {Broker}: {Reason}. Next attempt in {Seconds:F1} s")]
    private static partial void ConnectFailed(ILogger logger, string broker, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker refused the subscription to '{Filter}': {Reason}")]
    private static partial void SubscriptionRefused(ILogger logger, string filter, string reason);

    // without the topic: a reply topic may name a person
    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker refused a message ({Reason}); it is dropped")]
    private static partial void MessageRefused(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A message was not sent: {Reason}")]
    private static partial void SendFailed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A message was not acknowledged: {Reason}")]
    private static partial void AcknowledgeFailed(ILogger logger, string reason);
}
