using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Fleet;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent fleet ...</c>: the fleet manager's side of updates. All of it is plain MQTT.</summary>
internal static class FleetCommand
{
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(700), Beat = TimeSpan.FromMilliseconds(300);

    private sealed class Shared
    {
        public Option<string> Broker { get; } = new("--broker")
        {
            Description = "mqtt://host[:port]",
            DefaultValueFactory = _ => $"mqtt://{new MqttOptions().Listen}"
        };
        public Option<string> Site { get; } = new("--site")
        {
            Description = "Site in the topics.",
            DefaultValueFactory = _ => new MqttOptions().Site
        };
        public Option<bool> Json { get; } = new("--json") { Description = "Print JSON." };

        public void AddTo(Command command)
        {
            command.Add(Broker);
            command.Add(Site);
            command.Add(Json);
        }
    }

    public static Command Create(TimeProvider clock) =>
        new("fleet", "Publish bundles and roll them out to the devices of a site.") { Publish(clock), Rollout(clock), Status(clock),
            Abort(clock) };

    private static Command Publish(TimeProvider clock)
    {
        var shared = new Shared();
        var directory = new Argument<string>("DIR") { Description = "A bundle, signed in shards of at most 1 MiB." };
        var bandwidth = new Option<string?>("--bandwidth") { Description = "Bytes a second, with k or M: 2MB/s." };
        var serve = new Option<bool>("--serve") { Description = "Stay and send again what devices lack, until Ctrl-C." };
        var transient =
            new Option<bool>(
                "--transient")
            {
                Description =
                    "Keep nothing on the broker; devices get what is sent while they listen. Goes with --serve."
            };
        var remove = new Option<bool>("--remove") { Description = "Take the bundle's chunks from the broker." };
        var command = new Command("publish", "Put a bundle on the broker as chunks, retained; prints its SHA-256.") { directory, bandwidth,
            serve, transient, remove };
        shared.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var publisher = new BundlePublisher(result.GetRequiredValue(directory), result.GetRequiredValue(shared.Site), clock);
            var pace = new BandwidthLimiter(BytesPerSecond(result.GetValue(bandwidth)), clock);
            var retain = !result.GetValue(transient);
            if (!retain && !result.GetValue(serve))
                throw new UsageException("--transient keeps nothing on the broker: it goes with --serve");
            var wanted = new ConcurrentQueue<int>();
            var client =
                await FleetClient.ConnectAsync(BrokerAddress.Parse(result.GetRequiredValue(shared.Broker)),
                    $"fleet-{Identifiers.New(clock)}", (_, payload) =>
            {
                foreach (var number in BundlePublisher.Wanted(payload, publisher.Chunks)) wanted.Enqueue(number);
            }, cancellationToken).ConfigureAwait(false);
            await using (client.ConfigureAwait(false))
            {
                if (result.GetValue(remove)) await publisher.UnpublishAsync(client, cancellationToken).ConfigureAwait(false);
                else
                {
                    if (result.GetValue(serve))
                        await client.SubscribeAsync(new Topics(result.GetRequiredValue(shared.Site), "fleet").Want(publisher.Id),
                            cancellationToken).ConfigureAwait(false);
                    await publisher.PublishAsync(client, retain, pace, () => Drain(wanted), cancellationToken).ConfigureAwait(false);
                }
                if (result.GetValue(shared.Json))
                    Console.WriteLine(
                        new JsonObject
                        {
                            ["bundle"] = publisher.Id,
                            ["chunks"] = publisher.Chunks,
                            ["bytes"] = publisher.Bytes,
                            ["release"] = publisher.Student.Release
                        }.ToJsonString());
                else Console.WriteLine(publisher.Id);
                if (result.GetValue(serve))
                    await ServeAsync(publisher, client, wanted, retain, pace, clock, cancellationToken).ConfigureAwait(false);
            }
            return ExitCodes.Success;
        }));
        return command;
    }

    /// <summary>Sends what devices lack; wishes that come in the same moment are one.</summary>
    private static async Task ServeAsync(BundlePublisher publisher, FleetClient client, ConcurrentQueue<int> wanted, bool retain,
        BandwidthLimiter pace, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            while (client.IsConnected)
            {
                await Task.Delay(Beat, clock, cancellationToken).ConfigureAwait(false);
                await publisher.SendWantedAsync(client, Drain(wanted), retain, BundlePublisher.Again(retain), pace,
                    cancellationToken).ConfigureAwait(false);
            }
            throw new IOException("the connection to the broker was lost");
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C
        }
    }

    private static List<int> Drain(ConcurrentQueue<int> wanted)
    {
        var numbers = new List<int>();
        while (wanted.TryDequeue(out var number)) numbers.Add(number);
        return numbers;
    }

    private static Command Rollout(TimeProvider clock)
    {
        var shared = new Shared();
        var bundle =
            new Option<string?>(
                "--bundle")
            {
                Description =
                    "The bundle's SHA-256, as publish printed it. Without it a rollout that was begun is taken up again."
            };
        var devices = new Option<string>("--devices")
        {
            Description = "d1,d2,... or all that the broker knows.",
            DefaultValueFactory = _ => "all"
        };
        var stages = new Option<string>("--stages")
        {
            Description = "Devices after each stage, as counts or percentages.",
            DefaultValueFactory = _ => "1,10%,50%,100%"
        };
        var abortAbove =
            new Option<string>("--abort-above")
            {
                Description = "Stop when more than this share of a stage failed or got worse.",
                DefaultValueFactory = _ => "5%"
            };
        var worse =
            new Option<string>(
                "--abort-worse")
            {
                Description =
                    "A device counts as failed where its people rate the new release, or say it resolves, worse than the one before by " +
                    "more than this share (10 ratings of each at least).",
                DefaultValueFactory = _ => "10%"
            };
        var window = new Option<string?>("--window") { Description = "HH:MM-HH:MM in which devices load and switch." };
        var bandwidth = new Option<string?>("--bandwidth") { Description = "Bytes a second for each device: 2MB/s." };
        var jitter = new Option<double>("--jitter") { Description = "Seconds over which devices spread their start." };
        var dwell = new Option<double>("--dwell") { Description = "Seconds between stages." };
        var url = new Option<string?>("--url") { Description = "http(s) URL of the bundle, instead of chunks over MQTT." };
        var command = new Command("rollout",
            "Roll a bundle out in stages; ends when all have it, or too many failed (exit code 1). Its state is retained on the broker.") { bundle, devices, stages, abortAbove, worse, window, bandwidth, jitter, dwell, url };
        shared.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var view =
                await SiteView.ConnectAsync(result.GetRequiredValue(shared.Broker), result.GetRequiredValue(shared.Site), clock,
                    cancellationToken).ConfigureAwait(false);
            await using (view.ConfigureAwait(false))
            {
                await Task.Delay(Settle, clock, cancellationToken).ConfigureAwait(false);
                RolloutRecord record;
                if (result.GetValue(bundle) is { } sha)
                {
                    var chosen = result.GetRequiredValue(devices) is "all"
                        ? view.Devices
                        : [.. result.GetRequiredValue(devices)
                            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
                    if (chosen.Count == 0) throw new UsageException("--devices names none, and the broker knows none");
                    record = new RolloutRecord
                    {
                        Id = Identifiers.New(clock)[..16],
                        Bundle = sha,
                        Url = result.GetValue(url),
                        Devices = chosen,
                        Stages = [.. result.GetRequiredValue(stages).Split(',', StringSplitOptions.TrimEntries)],
                        AbortAbove = Share(result.GetRequiredValue(abortAbove)),
                        WorseBy = Share(result.GetRequiredValue(worse)),
                        Window = result.GetValue(window),
                        Bandwidth = BytesPerSecond(result.GetValue(bandwidth)),
                        JitterS = result.GetValue(jitter),
                        DwellS = result.GetValue(dwell),
                    };
                    foreach (var stage in record.Stages) RolloutPlanner.Count(stage, chosen.Count);
                    if (Command(record).Problem() is { } problem) throw new UsageException(problem);
                    view.Sent.Clear();
                }
                else record = view.Rollout ?? throw new UsageException("no rollout stands on the broker: name a --bundle");
                record = await DriveAsync(view, record, clock, cancellationToken).ConfigureAwait(false);
                Print(view, record, result.GetValue(shared.Json));
                return record.State == RolloutRecord.Done ? ExitCodes.Success : ExitCodes.Failure;
            }
        }));
        return command;
    }

    private static UpdateCommand Command(RolloutRecord record) =>
        new() { Bundle = record.Bundle, Url = record.Url, Window = record.Window, Bandwidth = record.Bandwidth, JitterS = record.JitterS };

    private static async Task<RolloutRecord> DriveAsync(SiteView view, RolloutRecord record, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        await view.KeepAsync(record, cancellationToken).ConfigureAwait(false);
        while (record.State == RolloutRecord.Running)
        {
            // somebody else's abort stands on the broker
            if (view.Rollout is { } kept && kept.Id == record.Id && kept.State == RolloutRecord.Aborted) return kept;
            var plan = RolloutPlanner.Next(record, view.ProgressOf(record), view.SentOf(record), clock.GetUtcNow());
            foreach (var device in plan.Send)
                await view.CommandAsync(device, record.Id, Command(record), cancellationToken).ConfigureAwait(false);
            foreach (var device in plan.Withdraw) await view.WithdrawAsync(device, record.Id, cancellationToken).ConfigureAwait(false);
            if (plan.Record != record) await view.KeepAsync(plan.Record, cancellationToken).ConfigureAwait(false);
            record = plan.Record;
            if (record.State == RolloutRecord.Running) await Task.Delay(Beat, clock, cancellationToken).ConfigureAwait(false);
        }
        return record;
    }

    private static Command Status(TimeProvider clock)
    {
        var shared = new Shared();
        var watch = new Option<bool>("--watch") { Description = "Go on until Ctrl-C." };
        var command = new Command("status", "What each device of the site says of its updates.") { watch };
        shared.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var view =
                await SiteView.ConnectAsync(result.GetRequiredValue(shared.Broker), result.GetRequiredValue(shared.Site), clock,
                    cancellationToken).ConfigureAwait(false);
            await using (view.ConfigureAwait(false))
            {
                do
                {
                    await Task.Delay(Settle, clock, cancellationToken).ConfigureAwait(false);
                    if (result.GetValue(watch) && !result.GetValue(shared.Json)) AnsiConsole.Clear();
                    Print(view, view.Rollout, result.GetValue(shared.Json));
                }
                while (result.GetValue(watch) && !cancellationToken.IsCancellationRequested);
            }
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Abort(TimeProvider clock)
    {
        var shared = new Shared();
        var command = new Command("abort", "Stop the rollout: devices that have not begun their trial keep what they have.");
        shared.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var view =
                await SiteView.ConnectAsync(result.GetRequiredValue(shared.Broker), result.GetRequiredValue(shared.Site), clock,
                    cancellationToken).ConfigureAwait(false);
            await using (view.ConfigureAwait(false))
            {
                await Task.Delay(Settle, clock, cancellationToken).ConfigureAwait(false);
                var record = view.Rollout ?? throw new UsageException("no rollout stands on the broker");
                record = record with { State = RolloutRecord.Aborted };
                await view.KeepAsync(record, cancellationToken).ConfigureAwait(false);
                var progress = view.ProgressOf(record);
                foreach (var device in view.SentOf(record)
                    .Where(d => !progress.TryGetValue(d, out var p) || p.State < UpdateState.Committed).ToList())
                    await view.WithdrawAsync(device, record.Id, cancellationToken).ConfigureAwait(false);
                await Task.Delay(Settle, clock, cancellationToken).ConfigureAwait(false);
                Print(view, record, result.GetValue(shared.Json));
            }
            return ExitCodes.Success;
        }));
        return command;
    }

    private static void Print(SiteView view, RolloutRecord? record, bool asJson)
    {
        var rows = view.Devices.Select(d => (Device: d, Model: view.ModelOf(d), Status: view.StatusOf(d, record))).ToList();
        if (asJson)
        {
            Console.WriteLine(new JsonObject
            {
                ["rollout"] = record is null ? null : JsonSerializer.SerializeToNode(record, RolloutJson.Default.RolloutRecord),
                ["devices"] =
                    new JsonArray(
                        [
                            .. rows.Select(r =>
                                (JsonNode)new JsonObject { ["device"] = r.Device, ["online"] = view.IsOnline(r.Device),
                                    ["model"] = r.Model?.DeepClone(),
                                    ["worse"] = record is not null && view.IsWorse(r.Device, record.WorseBy),
                                    ["update"] = r.Status?.DeepClone() })]),
            }.ToJsonString());
            return;
        }
        if (record is not null)
            AnsiConsole.MarkupLine(
                Markup.Escape($"rollout {record.Id}: {record.State}, stage {record.Stage + 1} of {record.Stages.Count} " +
                $"({record.Stages[record.Stage]}), bundle {record.Bundle[..12]}"));
        var table = new Table().AddColumns("device", "online", "release", "state", "done", "reason");
        foreach (var (device, model, status) in rows)
        {
            var (done, total) = (status?["bytes_done"]?.GetValue<long>() ?? 0, status?["bytes_total"]?.GetValue<long>() ?? 0);
            table.AddRow([new Markup(Markup.Escape(device)), new Text(view.IsOnline(device) ? "yes" : "no"),
                new Text(model?["release"]?.ToString() ?? ""), new Text(status?["state"]?.GetValue<string>() ?? ""),
                new Text(total > 0 ? $"{done:N0} of {total:N0}" : ""),
                new Text(
                    $"{status?["reason"]} {status?["detail"]} {(record is not null && view.IsWorse(device, record.WorseBy) ? "rated worse than the release before" : "")}".Trim())]);
        }
        AnsiConsole.Write(table);
    }

    private static double Share(string text) =>
        text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture, out var percent)
        && percent is >= 0 and <= 100 ? percent / 100 : throw new UsageException($"a share is a percentage of 0..100%, found '{text}'");

    /// <summary>2MB/s, 500k, 1000000; 0 for none.</summary>
    public static long BytesPerSecond(string? text)
    {
        if (string.IsNullOrEmpty(text)) return 0;
        var number = text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text;
        if (number.EndsWith('B')) number = number[..^1];
        var unit = number.Length > 0 ? char.ToUpperInvariant(number[^1]) switch
        {
            'K' => 1_000,
            'M' => 1_000_000,
            'G' => 1_000_000_000,
            _ => 1
        } : 1;
        if (unit > 1) number = number[..^1];
        return double.TryParse(number, CultureInfo.InvariantCulture, out var value) && value > 0
            ? (long)(value * unit)
            : throw new UsageException($"a bandwidth is a number with k, M or G and /s, such as 2MB/s; found '{text}'");
    }
}
