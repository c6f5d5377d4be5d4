using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Placeholders;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent redact</c>: desensitizes standard input to standard output, or restores it.</summary>
internal static class RedactCommand
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var restore = new Option<string?>("--restore") { Description = "Restore the values of a map that --map wrote." };
        var map = new Option<string?>("--map") { Description = "Write placeholders and values to this file, readable by its owner only." };
        var asJson = new Option<bool>("--json") { Description = "Print the text and its spans as JSON." };
        var lines = new Option<bool>("--jsonl")
        {
            Description = "Read one {\"text\"} a line and print one {\"text\",\"spans\"} a line; each line is a conversation of its own.",
        };
        var config = new Option<string?>("--config") { Description = "Configuration file; its section Privacy is used." };
        var reveal = new Option<string?>("--reveal")
        {
            Description = "Decrypt values of this type, one a line, with the key of the configuration; the type's action is encrypt.",
        };
        var command = new Command("redact", "Replace personal data in text by placeholders, or restore it.")
        {
            restore, map, asJson, lines, config, reveal
        };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var (mapFile, isJson, isLines) = (result.GetValue(map), result.GetValue(asJson), result.GetValue(lines));
            PrivacyOptions Options() => AgentSettings.Load(result.GetValue(config), new Dictionary<string, string?>()).Privacy;
            if (result.GetValue(restore) is { } file)
            {
                if (isJson || isLines || mapFile is not null) throw new UsageException("--restore takes no other option");
                Console.Out.Write(Restorer.Restore(Console.In.ReadToEnd(), ReadMap(file).GetValueOrDefault));
            }
            else if (result.GetValue(reveal) is { } type) Reveal(type, Options());
            else if (isLines)
            {
                if (isJson || mapFile is not null) throw new UsageException("--jsonl goes without --json and --map");
                var desensitizer = Desensitizer.Create(Options());
                JsonLines.Run(Console.In, Console.Out, (line, json) => Line(desensitizer, line, json));
            }
            else Redact(Desensitizer.Create(Options()), mapFile, isJson);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static void Reveal(string type, PrivacyOptions options)
    {
        if (options.KeyFile.Length == 0) throw new UsageException("--reveal needs a configuration with Privacy:KeyFile");
        using var key = PrivacyKey.Load(options.KeyFile);
        while (Console.In.ReadLine() is { } line)
            Console.WriteLine(key.FormatPreserving.Decrypt(line, type)
                ?? throw new UsageException(
                    "--reveal takes encrypted values, one a line; found one with too few digits or letters"));
    }

    private static void Redact(Desensitizer desensitizer, string? map, bool isJson)
    {
        using var conversation = new Conversation();
        var text = Console.In.ReadToEnd();
        var (scrubbed, spans) = desensitizer.Scrub(text, conversation);
        if (map is not null) WriteMap(map, conversation);
        if (!isJson)
        {
            Console.Out.Write(scrubbed.Text);
            return;
        }
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            Write(json, text, scrubbed, spans);
            json.WriteEndObject();
        }
        Console.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void Line(Desensitizer desensitizer, JsonElement line, Utf8JsonWriter json)
    {
        if (!line.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String)
            throw new InstrumentException("invalid_request", "text must be a string");
        using var conversation = new Conversation();
        var (scrubbed, spans) = desensitizer.Scrub(text.GetString()!, conversation);
        Write(json, text.GetString()!, scrubbed, spans);
    }

    /// <summary>Offsets count Unicode code points.</summary>
    private static void Write(Utf8JsonWriter json, string text, Scrubbed scrubbed, IReadOnlyList<ScrubbedSpan> spans)
    {
        json.WriteString("text", scrubbed.Text);
        json.WriteStartArray("spans");
        int at = 0, points = 0;
        foreach (var span in spans)
        {
            points += Points(text, at, span.Finding.Start);
            json.WriteStartObject();
            json.WriteNumber("start", points);
            points += Points(text, span.Finding.Start, span.Finding.End);
            at = span.Finding.End;
            json.WriteNumber("end", points);
            json.WriteString("type", span.Finding.Type);
            json.WriteNumber("score", Math.Round(span.Finding.Score, 3));
            json.WriteString("recognizer", span.Finding.Recognizer);
            json.WriteString("placeholder", span.Replacement);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static int Points(string text, int from, int to)
    {
        var count = 0;
        for (var i = from; i < to; i++)
            if (!char.IsLowSurrogate(text[i]) || i == 0 || !char.IsHighSurrogate(text[i - 1])) count++;
        return count;
    }

    private static Dictionary<string, string> ReadMap(string file)
    {
        if (!File.Exists(file)) throw new UsageException($"--restore must be a map written by --map, found no file '{file}'");
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(TextFile.ReadAllText(file))
                ?? throw new UsageException($"--restore must be a JSON object of placeholders, found null in '{file}'");
        }
        catch (JsonException e)
        {
            throw new UsageException($"--restore must be a JSON object of placeholders, found in '{file}': {e.Message}");
        }
    }

    private static void WriteMap(string file, Conversation conversation)
    {
        DurableFile.WriteAllText(file,
            new JsonObject([.. conversation.Snapshot().Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))]).ToJsonString(Relaxed));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
