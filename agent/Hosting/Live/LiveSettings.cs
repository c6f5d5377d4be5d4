using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting.Configuration;
using Microsoft.Extensions.Configuration;

namespace EdgeAgent.Hosting.Live;

/// <summary>
/// The few options that a fleet manager may change while the agent runs: rates, limits and the log level. None of them can cut the device
/// off, weaken privacy or reach a file. What is not given has the value of the configuration. Pure.
/// </summary>
internal static class LiveSettings
{
    private static readonly Dictionary<string, Func<AgentSettings, AgentSettings, AgentSettings>> Takes = new(StringComparer.Ordinal)
    {
        ["Logs:Level"] = (to, from) => to with { Logs = to.Logs with { Level = from.Logs.Level } },
        ["Queries:DeadlineSeconds"] = (to, from) => to with { Queries = to.Queries with { Deadline = from.Queries.Deadline } },
        ["Queries:DefaultTokens"] = (to, from) => to with { Queries = to.Queries with { DefaultTokens = from.Queries.DefaultTokens } },
        ["Queries:MaxTokens"] = (to, from) => to with { Queries = to.Queries with { MaxTokens = from.Queries.MaxTokens } },
        ["Http:RequestsPerSecond"] = (to, from) =>
            to with { Http = to.Http with { RequestsPerSecond = from.Http.RequestsPerSecond } },
    };

    public static IEnumerable<string> Keys => Takes.Keys;

    /// <summary>The configuration with some of these options changed.</summary>
    /// <param name="options">Values by key.</param>
    /// <exception cref="FormatException">An option is none of these, or its value is not allowed; the message says what is.</exception>
    public static AgentSettings Apply(AgentSettings configured, IReadOnlyDictionary<string, string> options)
    {
        foreach (var key in options.Keys.Where(k => !Takes.ContainsKey(k)))
            throw new FormatException($"options among {string.Join(", ", Takes.Keys)}; found {Short(key)}");
        List<string> problems = [];
        var given = new OptionBinder(problems).Bind<AgentSettings>(new ConfigurationBuilder()
            .AddInMemoryCollection(options.Select(o => KeyValuePair.Create(o.Key, (string?)o.Value))).Build());
        var changed = options.Keys.Aggregate(configured, (settings, key) => Takes[key](settings, given));
        problems.AddRange(OptionValidator.Problems(changed).Except(OptionValidator.Problems(configured)));
        return problems.Count == 0 ? changed : throw new FormatException(string.Join("; ", problems));
    }

    /// <summary>What the options are now, for a report.</summary>
    public static JsonObject Report(AgentSettings settings) => new()
    {
        ["Logs:Level"] = settings.Logs.Level.ToString(),
        ["Queries:DeadlineSeconds"] = settings.Queries.Deadline.TotalSeconds,
        ["Queries:DefaultTokens"] = settings.Queries.DefaultTokens,
        ["Queries:MaxTokens"] = settings.Queries.MaxTokens,
        ["Http:RequestsPerSecond"] = settings.Http.RequestsPerSecond,
    };

    /// <summary>Reads a command {"options": {key: value}}.</summary>
    /// <exception cref="FormatException">It is none; the message says what is expected.</exception>
    public static IReadOnlyDictionary<string, string> Parse(ReadOnlyMemory<byte> payload)
    {
        const string expected = "{\"options\": {\"Section:Option\": value, ...}}";
        const int maxBytes = 4096;
        if (payload.Length > maxBytes) throw new FormatException($"at most {maxBytes} bytes, found {payload.Length}");
        try
        {
            using var document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = 4 });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("options", out var options)
                || options.ValueKind != JsonValueKind.Object) throw new FormatException(expected);
            var read = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var option in options.EnumerateObject())
                read[option.Name] = option.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number
                    ? option.Value.ToString() : throw new FormatException($"{Short(option.Name)} as a text or a number");
            return read;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException(expected);
        }
    }

    private static string Short(string text) => text.Length <= 64 ? $"'{text}'" : $"'{text[..64]}...'";
}
