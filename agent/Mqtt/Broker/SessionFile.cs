using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// The sessions that outlive the broker, in one file: a line with the CRC-32 of what follows, and JSON. Bounded by the number of sessions
/// and of subscriptions.
/// </summary>
internal static class SessionFile
{
    public const string DamagedSuffix = ".damaged";

    /// <summary>The sessions; none where there is no file, or a damaged one, which is set aside.</summary>
    public static IReadOnlyList<KeptSession> Load(string path, Action<string> setAside)
    {
        if (!File.Exists(path)) return [];
        var content = File.ReadAllBytes(path);
        var end = Array.IndexOf(content, (byte)'\n');
        if (end > 0 && Encoding.ASCII.GetString(content, 0, end) == Check(content.AsSpan(end + 1)))
        {
            try
            {
                return JsonSerializer.Deserialize(content.AsSpan(end + 1), BrokerJson.Default.IReadOnlyListKeptSession) ?? [];
            }
            catch (JsonException)
            {
                // another version's: as good as damaged
            }
        }
        DurableFile.Rename(path, path + DamagedSuffix);
        setAside(Path.GetFileName(path));
        return [];
    }

    /// <exception cref="IOException">It cannot be written; the old file is intact.</exception>
    public static void Save(string path, IReadOnlyList<KeptSession> sessions)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var json = JsonSerializer.SerializeToUtf8Bytes(sessions, BrokerJson.Default.IReadOnlyListKeptSession);
        DurableFile.WriteAllBytes(path, (byte[])[.. Encoding.ASCII.GetBytes(Check(json) + "\n"), .. json]);
    }

    private static string Check(ReadOnlySpan<byte> content) => Crc32.HashToUInt32(content).ToString("x8", CultureInfo.InvariantCulture);
}
