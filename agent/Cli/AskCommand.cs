using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
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
        var command = new Command("ask", "Ask one question over MQTT.") { text, device, timeout };
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
                return await AskAsync(terminal.AskAsync(site, to, TerminalClient.Question(result.GetRequiredValue(text)), (uint)seconds,
                    limit.Token), options.IsJson(result)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"no reply from device '{to}' of site '{site}' within {seconds} s; is it connected to {broker}?");
            }
        }));
        return command;
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
            var agent = reply.Body["agent"]!;
            Console.WriteLine();
            Console.Error.WriteLine($"[{agent["source"]}, {agent["model"]}, first token {agent["ttft_ms"]} ms, {agent["tokens"]} tokens " +
                $"in {agent["total_ms"]} ms]");
        }
        return reply.IsError ? ExitCodes.Failure : ExitCodes.Success;
    }
}
