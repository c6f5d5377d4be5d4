using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Platform;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Mqtt;

/// <summary>What became of a test of the device's link.</summary>
/// <param name="Problem">What happened; null where all is well.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record LinkTestResult(string? Problem, string? Remedy);

/// <summary>
/// Tests the device's login and rights at its broker as the agent uses them: the same client id and session, so that nothing which waits
/// in the session is lost. Messages that arrive are left unacknowledged, for the agent. Not beside a running agent: it would be
/// disconnected.
/// </summary>
internal sealed class LinkTest(MqttOptions options, BrokerAddress broker, TimeProvider clock)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private readonly BrokerCredentials _credentials = BrokerCredentials.Of(options);
    private readonly Topics _topics = new(options.Site, options.Device);

    /// <param name="says">Whether the device is also shown as offline on its state topic: whether it may publish is not known before.
    /// </param>
    public async Task<LinkTestResult> RunAsync(bool says, CancellationToken cancellationToken)
    {
        var profile = new ConnectionProfile(broker, $"edge-agent-{options.Site}-{options.Device}")
        {
            Credentials = _credentials,
            SessionExpiry = options.SessionExpiry,
            KeepAlive = options.KeepAlive,
            Timeout = Timeout,
        };
        var connection = new MqttConnection(profile, clock, NullLogger.Instance);
        await using (connection.ConfigureAwait(false))
        {
            foreach (var filter in Filters()) connection.Add(new Subscription(filter, _ => { }) { IsRequired = true });
            try
            {
                await connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
                if (says) await connection.SendAsync(Offline(), cancellationToken).ConfigureAwait(false);
                return new LinkTestResult(null, null);
            }
            catch (PublishRefusedException e)
            {
                return new LinkTestResult($"the broker does not let the device publish its state: {e.Reason}",
                    $"give the user write access to {_topics.State} (provisioning/mosquitto/acl)");
            }
            catch (IOException e)
            {
                var words = RefusedSubscription(e) ?? ConnectFailure.Explain(e, broker);
                return new LinkTestResult(words, ConnectRemedy.For(RefusedSubscription(e) is null ? e : new IOException(words), broker,
                    _credentials));
            }
        }
    }

    /// <summary>Without the pool's: its questions would come to a session that nobody reads.</summary>
    private IEnumerable<string> Filters() => [_topics.Query, _topics.Cancel, _topics.Feedback, _topics.State, _topics.Commands];

    private static string? RefusedSubscription(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e.Message.StartsWith("the broker refused the subscription", StringComparison.Ordinal)) return e.Message;
        return null;
    }

    private OutboundMessage Offline() => new(_topics.State, JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["online"] = false,
        ["session"] = Identifiers.New(clock),
        ["since"] = clock.GetUtcNow()
    }))
    {
        AtLeastOnce = true,
        Retain = true
    };
}
