namespace EdgeAgent.Mqtt;

/// <summary>The broker has answered that it does not take a message.</summary>
/// <param name="reason">The reason code's name (MQTT 5, section 3.4.2.1).</param>
internal sealed class PublishRefusedException(string reason, string message) : IOException(message)
{
    public string Reason => reason;
}
