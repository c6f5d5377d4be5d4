using System.CommandLine;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent ask TEXT</c>: one query over MQTT, streamed to the terminal.</summary>
internal static class AskCommand
{
    public static Command Create(TimeProvider clock)
    {
        var defaults = new MqttOptions();
        var text = new Argument<string>("TEXT") { Description = "The question." };
        var broker = new Option<string>("--broker")
        {
            Description = "mqtt://host[:port]",
            DefaultValueFactory = _ => $"mqtt://{defaults.Listen}"
        };
        var site = new Option<string>("--site") { Description = "Site in the topics.", DefaultValueFactory = _ => defaults.Site };
        var device = new Option<string>("--device")
        {
            Description = "Device in the topics, or 'any' for a pool.",
            DefaultValueFactory = _ => defaults.Device
        };
        var asJson = new Option<bool>("--json") { Description = "Print the final reply as JSON." };
        var timeout = new Option<int>("--timeout")
        {
            Description = "Seconds to wait, also the query's expiry.",
            DefaultValueFactory = _ => 30
        };
        var command = new Command("ask", "Ask one question over MQTT.") { text, broker, site, device, asJson, timeout };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var seconds = result.GetValue(timeout);
            if (seconds is < 1 or > 3600) throw new UsageException($"--timeout must be 1..3600 seconds, found {seconds}");
            if (!BrokerAddress.TryParse(result.GetValue(broker)!, out var address))
                throw new UsageException($"--broker must be mqtt://host[:port], found '{result.GetValue(broker)}'");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(seconds + 1));
            await using var terminal =
                await TerminalClient.ConnectAsync(address, $"ask-{Identifiers.New(clock)}", version5: true, clock,
                    limit.Token).ConfigureAwait(false);
            try
            {
                await foreach (var reply in terminal.AskAsync(result.GetValue(site)!, result.GetValue(device)!,
                    TerminalClient.Question(result.GetRequiredValue(text)), (uint)seconds, limit.Token).ConfigureAwait(false))
                {
                    if (!reply.IsPiece) return Print(reply, result.GetValue(asJson));
                    if (!result.GetValue(asJson)) Console.Write(reply.Text);
                }
                return ExitCodes.Failure;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"no reply from device '{result.GetValue(device)}' of site '{result.GetValue(site)}' within {seconds} s; is it " +
                    $"connected to {address}?");
            }
        }));
        return command;
    }

    private static int Print(TerminalReply reply, bool asJson)
    {
        if (asJson)
            Console.WriteLine(
                reply.Body.ToJsonString(
                    new System.Text.Json.JsonSerializerOptions
                    {
                        Encoder =
                        System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping
                    }));
        else if (reply.IsError) Console.Error.WriteLine($"{reply.Body["error"]!["code"]}: {reply.Body["error"]!["message"]}");
        else
        {
            var agent = reply.Body["agent"]!;
            Console.WriteLine();
            Console.Error.WriteLine(
                $"[{agent["source"]}, {agent["model"]}, first token {agent["ttft_ms"]} ms, {agent["tokens"]} tokens in " +
                $"{agent["total_ms"]} ms]");
        }
        return reply.IsError ? ExitCodes.Failure : ExitCodes.Success;
    }
}
