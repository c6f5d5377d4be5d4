using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent ask TEXT</c>: one query over MQTT, streamed to the terminal.</summary>
internal static class AskCommand
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(TimeProvider clock)
    {
        var text = new Argument<string>("TEXT") { Description = "The question." };
        var device = new Option<string>("--device")
        {
            Description = "Name of the device in all topics, or 'any' for a pool.",
            DefaultValueFactory = _ => new MqttOptions().Device
        };
        var timeout = new Option<int>("--timeout")
        {
            Description = "Seconds to wait; also the query's expiry.",
            DefaultValueFactory = _ => 30
        };
        var schema = new Option<FileInfo?>("--schema")
        {
            Description = "File with a JSON schema; the answer is a JSON value of it."
        };
        var command = new Command("ask", "Ask one question over MQTT.") { text, device, timeout, schema };
        var options = new SiteOptions(command, json: "Print the final reply as JSON.");
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var seconds = result.GetValue(timeout);
            if (seconds is < 1 or > 3600) throw new UsageException($"--timeout must be 1..3600 seconds, found {seconds}");
            var (broker, site, to) = (options.Broker(result), options.Site(result), result.GetRequiredValue(device));
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(seconds + 1));
            try
            {
                await using var terminal = await TerminalClient.ConnectAsync(broker, $"ask-{Identifiers.New(clock)}", version5: true, clock,
                    limit.Token).ConfigureAwait(false);
                return await AskAsync(terminal.AskAsync(site, to, Question(result.GetRequiredValue(text), result.GetValue(schema)),
                    (uint)seconds, limit.Token), options.IsJson(result)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"no reply from device '{to}' of site '{site}' within {seconds} s; is it connected to {broker}?");
            }
        }));
        return command;
    }

    private static JsonObject Question(string text, FileInfo? schema)
    {
        var question = TerminalClient.Question(text);
        if (schema is null) return question;
        try
        {
            question["response_format"] = new JsonObject
            {
                ["type"] = "json_schema",
                ["json_schema"] = new JsonObject { ["schema"] = JsonNode.Parse(TextFile.ReadAllText(schema.FullName)) },
            };
        }
        catch (Exception e) when (e is JsonException or TextFileException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--schema {schema}: {e.Message}");
        }
        return question;
    }

    private static async Task<int> AskAsync(IAsyncEnumerable<TerminalReply> replies, bool isJson)
    {
        await foreach (var reply in replies.ConfigureAwait(false))
        {
            if (!reply.IsPiece) return Print(reply, isJson);
            if (!isJson) Console.Write(reply.Text);
        }
        return ExitCodes.Failure;
    }

    private static int Print(TerminalReply reply, bool isJson)
    {
        if (isJson) Console.WriteLine(reply.Body.ToJsonString(Relaxed));
        else if (reply.IsError) Console.Error.WriteLine($"{reply.Body["error"]!["code"]}: {reply.Body["error"]!["message"]}");
        else
        {
            Console.WriteLine();
            Console.Error.WriteLine($"[{About(reply.Body["agent"])}]");
        }
        return reply.IsError ? ExitCodes.Failure : ExitCodes.Success;
    }

    /// <summary>What is known of the answer: where it comes from and, for a stored one, how old it is and how well it fits.</summary>
    internal static string About(JsonNode? agent)
    {
        double? Number(string name) => agent?[name] is JsonValue value && value.TryGetValue(out double number) ? number : null;
        var parts = new List<string?> { $"{agent?["source"]}", $"{agent?["model"]}" };
        if (Number("cached_age_s") is { } age) parts.Add($"stored {Age(TimeSpan.FromSeconds(age))} ago");
        if (Number("score") is { } score) parts.Add(string.Create(CultureInfo.InvariantCulture, $"score {score:0.##}"));
        if (agent?["level"] is { } level) parts.Add($"level {level}");
        parts.Add($"first token {agent?["ttft_ms"]} ms");
        parts.Add($"{agent?["tokens"]} tokens in {agent?["total_ms"]} ms");
        return string.Join(", ", parts.Where(p => !string.IsNullOrEmpty(p)));
    }

    private static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 120 } => $"{age.TotalSeconds:0} s",
        { TotalMinutes: < 120 } => $"{age.TotalMinutes:0} min",
        { TotalHours: < 48 } => $"{age.TotalHours:0} h",
        _ => $"{age.TotalDays:0} days"
    };
}
