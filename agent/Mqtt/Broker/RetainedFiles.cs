using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeAgent.Platform;
using MQTTnet;
using MQTTnet.Protocol;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// The retained messages that outlive the broker, a file each: a CRC-32 over what follows, the length of the head, the head, the payload.
/// What the device itself says is not kept, because it says it anew, and no text of a correction: that is stored desensitized elsewhere.
/// </summary>
internal sealed class RetainedFiles(string directory)
{
    public const string DamagedSuffix = ".damaged";
    private const string Suffix = ".message";
    private const int HeadStart = 8, MaxHeadBytes = 16 << 10;

    /// <summary>Whether the topic's message outlives the broker: commands, their statuses, rollouts and bundles.</summary>
    public static bool AreKept(string topic)
    {
        if (Topics.TryParse(topic, out var parsed))
            return parsed.Kind == DeviceTopicKind.CommandStatus
                || parsed.Kind == DeviceTopicKind.Command && parsed.Operation is Operations.ModelUpdate or Operations.KeyRotation;
        var every = Topics.OfEveryDevice("+");
        return TopicFilter.Covers(every.Rollout, topic) || TopicFilter.Covers(every.BlobInfo("+"), topic)
            || TopicFilter.Covers(every.AnyChunk("+"), topic);
    }

    /// <summary>What is kept, within the bounds. A damaged file is set aside.</summary>
    /// <param name="fits">Whether there is room for a message.</param>
    /// <param name="setAside">Told the name of each damaged file.</param>
    public IReadOnlyList<MqttApplicationMessage> Load(Func<MqttApplicationMessage, bool> fits, Action<string> setAside)
    {
        if (!Directory.Exists(directory)) return [];
        var messages = new List<MqttApplicationMessage>();
        foreach (var path in Directory.EnumerateFiles(directory, "*" + Suffix).Order(StringComparer.Ordinal))
        {
            if (Read(File.ReadAllBytes(path)) is not { } message || PathOf(message.Topic) != path)
            {
                DurableFile.Rename(path, path + DamagedSuffix);
                setAside(Path.GetFileName(path));
            }
            else if (fits(message)) messages.Add(message);
        }
        return messages;
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string topic, MqttApplicationMessage? message)
    {
        var path = PathOf(topic);
        if (message is null)
        {
            if (File.Exists(path)) DurableFile.Delete(path);
            return;
        }
        Directory.CreateDirectory(directory);
        var head = JsonSerializer.SerializeToUtf8Bytes(
            new RetainedHead(topic, (int)message.QualityOfServiceLevel, message.ContentType), BrokerJson.Default.RetainedHead);
        var content = new byte[HeadStart + head.Length + (int)message.Payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(sizeof(uint)), head.Length);
        head.CopyTo(content, HeadStart);
        message.Payload.CopyTo(content.AsSpan(HeadStart + head.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(content, Crc32.HashToUInt32(content.AsSpan(sizeof(uint))));
        DurableFile.WriteAllBytes(path, content);
    }

    private static MqttApplicationMessage? Read(byte[] content)
    {
        if (content.Length < HeadStart
            || BinaryPrimitives.ReadUInt32LittleEndian(content) != Crc32.HashToUInt32(content.AsSpan(sizeof(uint)))) return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(sizeof(uint)));
        if (length is <= 0 or > MaxHeadBytes || HeadStart + length > content.Length) return null;
        try
        {
            var head = JsonSerializer.Deserialize(content.AsSpan(HeadStart, length), BrokerJson.Default.RetainedHead);
            return head?.Topic is null ? null : new MqttApplicationMessage
            {
                Topic = head.Topic,
                Payload = new ReadOnlySequence<byte>(content, HeadStart + length, content.Length - HeadStart - length),
                QualityOfServiceLevel = (MqttQualityOfServiceLevel)Math.Clamp(head.Qos, 0, 2),
                ContentType = head.ContentType,
                Retain = true,
            };
        }
        catch (JsonException)
        {
            return null; // another version's: as good as damaged
        }
    }

    /// <summary>A topic is no file name, and may be longer than one.</summary>
    private string PathOf(string topic) =>
        Path.Combine(directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(topic)).AsSpan(0, 16)) + Suffix);
}

/// <summary>What a retained message is beside its payload.</summary>
internal sealed record RetainedHead(string Topic, int Qos, string? ContentType);

/// <summary>A session as the disk holds it. Its queue is not kept: it holds questions and answers.</summary>
/// <param name="ExpirySeconds">How long it outlives its connection.</param>
/// <param name="AwaySince">Null where the client was connected.</param>
internal sealed record KeptSession(string ClientId, string User, BrokerRole Role, double ExpirySeconds, DateTimeOffset? AwaySince,
    IReadOnlyList<KeptSubscription> Subscriptions);

internal sealed record KeptSubscription(string Filter, int Qos, bool NoLocal, bool RetainAsPublished);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RetainedHead))]
[JsonSerializable(typeof(IReadOnlyList<KeptSession>))]
internal sealed partial class BrokerJson : JsonSerializerContext;
