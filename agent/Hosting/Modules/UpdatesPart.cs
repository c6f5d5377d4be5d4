using EdgeAgent.Mqtt;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting.Modules;

/// <summary>Goes on with the updates in the journal; shows them anew after every connection.</summary>
internal sealed class UpdatesPart(UpdateLoop updates, ITopicLink link) : IAgentPart
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        link.Reconnected += () =>
        {
            updates.ShowAll();
            return Task.CompletedTask;
        };
        updates.Start();
        return Task.CompletedTask;
    }
}
