using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary>
/// A broker and the login there, as a file holds it. It holds no secret: the password stands in a file of its own. Relative paths
/// are relative to the profile.
/// </summary>
internal sealed record BrokerProfile
{
    public const string FileName = "broker.json";

    public string? Broker { get; init; }
    public string? Site { get; init; }
    public string? User { get; init; }
    public string? PasswordFile { get; init; }
    public string? Cafile { get; init; }
    public string? Cert { get; init; }
    public string? Key { get; init; }

    /// <summary>The user's own profile: <c>~/.config/edge-agent/broker.json</c>, or below XDG_CONFIG_HOME.</summary>
    public static string DefaultPath => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "edge-agent",
        FileName);

    /// <exception cref="UsageException">No such file, or not a profile.</exception>
    public static BrokerProfile Load(string path)
    {
        if (!File.Exists(path)) throw new UsageException($"--profile expects a file; found no file '{path}'");
        try
        {
            var profile = JsonSerializer.Deserialize(TextFile.ReadAllText(path), BrokerProfileJson.Default.BrokerProfile)
                ?? throw new UsageException($"expected a JSON object in the profile '{path}'; found null");
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            string? In(string? file) => file is null ? null : Path.Combine(folder, file);
            return profile with
            {
                PasswordFile = In(profile.PasswordFile),
                Cafile = In(profile.Cafile),
                Cert = In(profile.Cert),
                Key = In(profile.Key)
            };
        }
        catch (JsonException e)
        {
            throw new UsageException($"expected a profile of broker, site, user, password_file, cafile, cert and key in '{path}'; found " +
                $"{e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the profile '{path}' cannot be read: {e.Message}");
        }
        catch (TextFileException e)
        {
            throw new UsageException(e.Message);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowTrailingCommas = true,
    ReadCommentHandling = JsonCommentHandling.Skip, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(BrokerProfile))]
internal sealed partial class BrokerProfileJson : JsonSerializerContext;
