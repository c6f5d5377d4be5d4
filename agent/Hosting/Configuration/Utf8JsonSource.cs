using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace EdgeAgent.Hosting.Configuration;

/// <summary>
/// A JSON file of settings that must be UTF-8: the library's own reader replaces other bytes. It is read once, since it may be a pipe.
/// </summary>
/// <param name="isOptional">Whether a missing file is as good as an empty one.</param>
internal sealed class Utf8JsonSource(string path, bool isOptional) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(path, isOptional);

    private sealed class Provider(string path, bool isOptional) : JsonStreamConfigurationProvider(new JsonStreamConfigurationSource())
    {
        /// <exception cref="TextFileException">Not UTF-8.</exception>
        /// <exception cref="InvalidDataException">No JSON; the message names the file.</exception>
        public override void Load()
        {
            if (isOptional && !File.Exists(path)) return;
            try
            {
                Load(new MemoryStream(Encoding.UTF8.GetBytes(TextFile.ReadAllText(path))));
            }
            catch (Exception e) when (e is JsonException or FormatException and not TextFileException)
            {
                throw new InvalidDataException($"Failed to load configuration from file '{path}'.", e);
            }
        }
    }
}
