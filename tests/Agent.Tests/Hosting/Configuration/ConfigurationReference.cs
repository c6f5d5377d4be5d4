using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Platform.Configuration;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Hosting.Configuration;

/// <summary>
/// Writes docs/reference/configuration.md from the option records: rules from their attributes, texts from their summaries.
/// </summary>
internal static partial class ConfigurationReference
{
    public const string Example = """
        {
          "Mqtt": {
            "Broker": "mqtts://broker.plant-a.example:8883",
            "Site": "plant-a",
            "Device": "press-07",
            "Username": "press-07",
            "PasswordFile": "/etc/edge-agent/broker-password"
          },
          "Student": { "Rows": 4, "Providers": ["TensorRT", "Cpu"] },
          "Queries": { "DeadlineSeconds": 20, "ReplyPrefixes": ["clients/", "hmi/"] },
          "Answers": { "Preset": "No answer at present. Call the shift engineer, extension 210." },
          "Privacy": {
            "Actions": { "EMAIL": "Mask" },
            "Recognizers": [{ "Name": "work order", "Type": "WORK_ORDER", "Pattern": "WO-[0-9]{6}" }]
          },
          "Thermal": { "Enter": [75, 82, 88, 92], "Leave": [69, 76, 82, 86] }
        }
        """;

    private static readonly Dictionary<string, XElement> Documentation =
        new[] { typeof(AgentSettings), typeof(PrivacyOptions) }
            .Select(t => Path.ChangeExtension(t.Assembly.Location, ".xml"))
            .SelectMany(file => XDocument.Load(file).Descendants("member"))
            .ToDictionary(m => m.Attribute("name")!.Value, m => m);

    public static string Write()
    {
        var text = new StringBuilder(Introduction);
        var options = OptionProperty.Of(typeof(AgentSettings));
        var defaults = new AgentSettings();
        text.Append("\n## Top level\n\n");
        Table(text, [.. options.Where(o => !OptionProperty.IsRecord(o.Type))], defaults, "");
        foreach (var section in options.Where(o => OptionProperty.IsRecord(o.Type)).OrderBy(o => o.Key, StringComparer.Ordinal))
            Section(text, section.Type, section.Key, section.Property.GetValue(defaults)!, "##");
        return text.ToString();
    }

    private static string Introduction => $$"""
        # Configuration

        <!-- Generated from the option records in agent/ by ConfigurationReferenceTests. Do not edit: change the records, then run
             EDGE_AGENT_UPDATE_DOCS=1 dotnet test tests/Agent.Tests -c Release --filter FullyQualifiedName~ConfigurationReference -->

        Every option has a default: the agent runs without a configuration file. The options come from these layers; a later one overrides
        an earlier one, key by key.

        1. `appsettings.json` beside the program.
        2. `/etc/edge-agent/agent.json`, or the file that `--config FILE` names.
        3. Environment variables `EDGE_AGENT__SECTION__KEY`, such as `EDGE_AGENT__QUERIES__DEADLINESECONDS=20`. An entry of a list has its
           number as the last part: `EDGE_AGENT__STUDENT__PROVIDERS__0=Cpu`.
        4. Flags of `edge-agent run`, such as `--broker` and `--site` (see `edge-agent run --help`).

        Keys are the same whatever their case; comments and trailing commas are allowed in the files. A list in a file replaces the default
        list. Lists in several layers are merged entry by entry, so give a list in one layer only.

        The agent checks the whole configuration when it starts. If something is wrong it names every problem at once, each with its key,
        the values allowed and the value found, and exits with code 2. Unknown keys and sections are errors, so that a spelling mistake is
        not mistaken for a setting. Changes take effect when the service is restarted.

        A duration is a plain number whose unit the key names (`"DeadlineSeconds": 30`); fractions are allowed. A share is a number from
        0 to 1. Passwords and keys are never part of the configuration: options that end in `File` name the file that holds them.

        ## Example

        `/etc/edge-agent/agent.json` of a device at a plant's own broker, with TLS, a shorter deadline, a text for the time when no answer
        can be given, a recognizer for work orders and an earlier reaction to heat:

        ```json
        {{Example}}
        ```

        ## Renamed keys

        The old names work until the next release. The agent logs a warning for each; giving both names is an error.

        | Old name | New name |
        |---|---|
        {{string.Join('\n', RenamedKeys.Table.Select(r => $"| `{r.Old}` | `{r.New}` |"))}}

        """;

    private static void Section(StringBuilder text, Type record, string key, object defaults, string level)
    {
        var title = level == "##" ? key : key[^1] == '*' ? $"Entries of `{key[..^2]}`" : $"`{key}`";
        text.Append(CultureInfo.InvariantCulture, $"\n{level} {title}\n\n{Summary($"T:{record.FullName}")}{OldNames(key)}\n\n");
        var options = OptionProperty.Of(record);
        Table(text, [.. options.Where(o => !OptionProperty.IsRecord(o.Type))], defaults, key);
        foreach (var option in options)
            if (OptionProperty.IsRecord(option.Type))
                Section(text, option.Type, $"{key}:{option.Key}", option.Property.GetValue(defaults)!, level + "#");
            else if (option.Type.IsGenericType && option.Type.GetGenericArguments()[^1] is var item && OptionProperty.IsRecord(item))
                Section(text, item, $"{key}:{option.Key}:*", Activator.CreateInstance(item)!, level + "#");
    }

    private static void Table(StringBuilder text, IReadOnlyList<OptionProperty> options, object defaults, string section)
    {
        text.Append("| Key | Type | Unit | Allowed | Default | What it does |\n|---|---|---|---|---|---|\n");
        foreach (var option in options)
        {
            var key = section.Length == 0 ? option.Key : $"{section}:{option.Key}";
            var summary = Summary($"P:{option.Property.DeclaringType!.FullName}.{option.Property.Name}");
            string[] cells = [$"`{option.Key}`", Kind(option.Type, option), option.Unit ?? "", Allowed(option),
                Default(option.ValueIn(defaults), option), summary + OldNames(key)];
            text.Append(CultureInfo.InvariantCulture,
                $"| {string.Join(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
        }
    }

    private static string OldNames(string key) =>
        string.Concat(RenamedKeys.Table.Where(r => r.New == key).Select(r => $" Old name: `{r.Old}`."));

    private static string Kind(Type type, OptionProperty option) =>
        Nullable.GetUnderlyingType(type) is { } inner ? Kind(inner, option)
        : type == typeof(bool) ? "switch"
        : type == typeof(string) ? "text"
        : type == typeof(int) || type == typeof(long) ? "whole number"
        : type == typeof(double) || type == typeof(TimeSpan) ? "number"
        : type.IsEnum ? "name"
        : OptionProperty.IsRecord(type) ? "section"
        : type.GetGenericArguments() is [var item] ? $"list of {Plural(Kind(item, option))}"
        : $"section of {Plural(Kind(type.GetGenericArguments()[1], option))}";

    private static string Plural(string kind) => kind.StartsWith("list", StringComparison.Ordinal) ? $"lists{kind[4..]}" : $"{kind}s";

    private static string Allowed(OptionProperty option)
    {
        var type = option.Type.IsGenericType ? option.Type.GetGenericArguments()[^1] : option.Type;
        if (type == typeof(bool)) return "`true`, `false`";
        if (type.IsEnum) return string.Join(", ", Enum.GetNames(type).Select(n => $"`{n}`"));
        return string.Join("; ", option.Rules.Select(r => r is RangeAttribute range && option.Unit == "bytes"
            ? $"{range.Allowed} ({Bytes(range.Min)}..{Bytes(range.Max)})" : r.Allowed));
    }

    private static string Default(object? value, OptionProperty option) => value switch
    {
        null => "unset",
        "" => "empty",
        double bytes when option.Unit == "bytes" => $"{Number(bytes)} ({Bytes(bytes)})",
        double number => Number(number),
        bool flag => flag ? "`true`" : "`false`",
        string text => $"`{text}`",
        IDictionary { Count: 0 } or ICollection { Count: 0 } => "none",
        IEnumerable<double> numbers => $"`[{string.Join(", ", numbers.Select(Number))}]`",
        IEnumerable<string> texts => $"`[{string.Join(", ", texts.Select(t => $"\"{t}\""))}]`",
        ICollection entries when entries.Cast<object>().All(e => OptionProperty.IsRecord(e.GetType())) => $"{entries.Count} entries",
        ICollection names => $"`[{string.Join(", ", names.Cast<object>().Select(n => $"\"{n}\""))}]`",
        _ => $"`{value}`",
    };

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var unit = 0;
        for (; bytes >= 1024 && unit < units.Length - 1; unit++) bytes /= 1024;
        return $"{Number(bytes)} {units[unit]}";
    }

    /// <summary>The summary in Markdown, on one line.</summary>
    private static string Summary(string member)
    {
        var summary = Documentation.GetValueOrDefault(member)?.Element("summary")
            ?? throw new InvalidOperationException($"{member} has no summary");
        var text = string.Concat(summary.Nodes().Select(n => n switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement other => throw new InvalidOperationException($"{member}: <{other.Name.LocalName}> has no meaning for an operator"),
            _ => ((XText)n).Value,
        }));
        return Space().Replace(text, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
