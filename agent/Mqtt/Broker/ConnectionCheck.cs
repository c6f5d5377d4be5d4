using MQTTnet.Formatter;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>Looks at every CONNECT: who it is, whether the client id is its own, what its will says, and whether there is room.</summary>
/// <param name="agentClientId">Client id of the agent in this process, which nobody else may use; null where it is elsewhere.</param>
internal sealed class ConnectionCheck(UserDirectory users, BrokerRights rights, BrokerSessions sessions, ChannelContext context,
    string? agentClientId)
{
    /// <summary>Deletes a session, with its subscriptions and what waits in it.</summary>
    public required Func<string, Task> DeleteSession { get; init; }

    public async Task ValidateAsync(ValidatingConnectionEventArgs e)
    {
        if (e.ChannelAdapter is not BrokerChannel channel || channel.Connect is not { } connect)
        {
            e.ReasonCode = MqttConnectReasonCode.UnspecifiedError;
            return;
        }
        if (connect.ClientId is not { Length: > 0 } && e.ProtocolVersion != MqttProtocolVersion.V500)
        {
            // 3.1.1 names a client without an identifier for a clean session alone (section 3.1.3.1)
            e.ReasonCode = MqttConnectReasonCode.ClientIdentifierNotValid;
            return;
        }
        // a client without an identifier gets one from the server (MQTT 5, section 3.1.3.1)
        var clientId = connect.ClientId is { Length: > 0 } given ? given : e.AssignedClientIdentifier = context.NewName();
        var client = channel.Inside ?? await LogInAsync(e, clientId).ConfigureAwait(false);
        if (client is null || channel.Inside is null && !MayConnect(e, channel, client)) return;
        if (channel.Place?.LogIn(client) is { } full)
        {
            Refuse(e, BrokerRefusal.Connections, client.Account, full, MqttConnectReasonCode.QuotaExceeded);
            return;
        }
        var claim = sessions.Claim(client, connect.CleanSession, out var session);
        if (claim == ClaimResult.OtherRole)
        {
            await DeleteSession(clientId).ConfigureAwait(false);
            sessions.Remove(session);
            claim = sessions.Claim(client, isClean: true, out session);
        }
        if (claim != ClaimResult.Granted)
        {
            var (kind, why, code) = claim == ClaimResult.Full
                ? (BrokerRefusal.Sessions, "there are as many sessions as there may be", MqttConnectReasonCode.QuotaExceeded)
                : (BrokerRefusal.ClientId, "the client id is another user's", MqttConnectReasonCode.ClientIdentifierNotValid);
            Refuse(e, kind, client.Account, why, code);
            return;
        }
        (session.IsKept, session.AwaySince) = (channel.KeepsSession && client.Role != BrokerRole.Agent, null);
        session.Expiry = connect.SessionExpiryInterval > 0
            ? TimeSpan.FromSeconds(connect.SessionExpiryInterval) : context.Options.MaxSessionExpiry;
        channel.Client = client;
        BrokerSessions.Put(e.SessionItems, session);
    }

    private async Task<BrokerClient?> LogInAsync(ValidatingConnectionEventArgs e, string clientId)
    {
        var where = $"{e.RemoteEndPoint}";
        if (e.AuthenticationMethod is { Length: > 0 })
            return Refuse(e, BrokerRefusal.Login, where, "another way to log in than a password",
                MqttConnectReasonCode.BadAuthenticationMethod);
        if (!users.HasUsers) return new BrokerClient("", BrokerRole.Local, clientId);
        if (string.IsNullOrEmpty(e.UserName))
            return Refuse(e, BrokerRefusal.Login, where, "no user name", MqttConnectReasonCode.NotAuthorized);
        var result = await users.LogInAsync(e.UserName, e.RawPassword ?? []).ConfigureAwait(false);
        if (result == LoginResult.Accepted && users.Find(e.UserName) is { } user) return new BrokerClient(user.Name, user.Role, clientId);
        return result == LoginResult.Busy
            ? Refuse(e, BrokerRefusal.Login, where, "too many log in at once", MqttConnectReasonCode.ServerBusy)
            : Refuse(e, BrokerRefusal.Login, where, "a wrong user name or password", MqttConnectReasonCode.BadUserNameOrPassword);
    }

    /// <summary>What holds for everybody outside this process.</summary>
    private bool MayConnect(ValidatingConnectionEventArgs e, BrokerChannel channel, BrokerClient client)
    {
        if (client.ClientId == agentClientId)
            return Refuse(e, BrokerRefusal.ClientId, client.Account, "the client id is the agent's",
                MqttConnectReasonCode.ClientIdentifierNotValid) is not null;
        if (channel.Connect is not { WillFlag: true } connect) return true;
        var act = !connect.WillRetain ? BrokerAct.Publish : connect.WillMessage is { Length: > 0 } ? BrokerAct.Retain : BrokerAct.Clear;
        return rights.Refusal(client, act, connect.WillTopic ?? "") is not { } why
            || Refuse(e, BrokerRefusal.Will, client.Account, why, MqttConnectReasonCode.NotAuthorized) is not null;
    }

    private BrokerClient? Refuse(ValidatingConnectionEventArgs e, BrokerRefusal kind, string who, string why, MqttConnectReasonCode code)
    {
        (e.ReasonCode, e.ReasonString) = (code, why);
        context.Figures.Refuse(kind, who, why);
        return null;
    }
}
