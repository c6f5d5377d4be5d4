using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// Tells Home Assistant of the device with one retained message. Where it said so is noted in a file, so that the message is cleared when
/// the option is switched off or the device gets another name; without a state directory nothing is cleared.
/// </summary>
/// <param name="notePath">The file; null without a state directory.</param>
internal sealed partial class HomeAssistantPublisher(IReplyPublisher publisher, string? notePath, ILogger<HomeAssistantPublisher> logger)
{
    /// <summary>Sends what is to be known now. Call after every connection.</summary>
    /// <param name="topic">Where the device is announced; null where it is not to be.</param>
    public async Task ShowAsync(string? topic, Func<JsonObject> describe)
    {
        try
        {
            var known = notePath is not null && File.Exists(notePath)
                ? TextFile.ReadUnchecked(notePath).Trim() : "";
            // only what has the form of our own topics: the file may be damaged
            if (known.Length > 0 && known != topic && Topics.IsHomeAssistant(known))
                await SendAsync(known, ReadOnlyMemory<byte>.Empty).ConfigureAwait(false);
            if (topic is not null)
            {
                if (known != topic && notePath is not null)
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(notePath)!);
                    DurableFile.WriteAllText(notePath, topic);
                }
                await SendAsync(topic, JsonSerializer.SerializeToUtf8Bytes(describe())).ConfigureAwait(false);
            }
            else if (notePath is not null && known.Length > 0)
            {
                File.Delete(notePath);
            }
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            NoteUnusable(logger, e);
        }
    }

    private async Task SendAsync(string topic, ReadOnlyMemory<byte> payload) => await publisher.PublishAsync(
        new OutboundMessage(topic, payload) { AtLeastOnce = true, Retain = true }).ConfigureAwait(false);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The note of what Home Assistant was told cannot be used: it may keep an old device")]
    private static partial void NoteUnusable(ILogger logger, Exception e);
}
