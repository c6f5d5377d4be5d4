using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Fleet;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent answers purge</c>: deletes stored answers here or on every device of a site.</summary>
internal static class AnswersPurgeCommand
{
    public static Command Create(TimeProvider clock)
    {
        var store = AnswersCommand.Store();
        var model = new Option<string?>("--model") { Description = "Answers learned from the model with this digest." };
        var older = new Option<double?>("--older") { Description = "Answers older than this many days, 0..36500." };
        var match = new Option<string?>("--match") { Description = "The answer's id, or text in the answer or in a question." };
        var site = SiteOptions.SiteOption();
        var command = new Command("purge", "Delete the answers that match all given options.") { store, model, older, match, site };
        var broker = new BrokerOptions(command,
            "Delete on every device of the site instead: mqtt://host[:port]. A device that is offline deletes when it returns.");
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var filter = Filter(result.GetValue(model), result.GetValue(older), result.GetValue(match), clock);
            if (broker.IsGiven(result))
            {
                var what = new JsonObject();
                if (result.GetValue(model) is { } m) what["model"] = m;
                if (result.GetValue(match) is { } text) what["match"] = text;
                if (result.GetValue(older) is { } age) what["older_days"] = age;
                var name = SiteOptions.CheckSite(result.GetValue(site) ?? broker.Site(result));
                return PrintPurge(await SitePurge.RunAsync(broker.Access(result), name, what, clock, BrokerOptions.Watch(),
                    cancellationToken).ConfigureAwait(false));
            }
            using var answers = AnswersCommand.Open(result.GetValue(store), clock);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answers.Purge(filter)} answers deleted"));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static PurgeFilter Filter(string? model, double? olderDays, string? match, TimeProvider clock)
    {
        if (model is null && olderDays is null && match is null) throw new UsageException("purge needs --model, --older or --match");
        try
        {
            return PurgeFilter.Create(model, olderDays, match, clock.GetUtcNow());
        }
        catch (FormatException e)
        {
            throw new UsageException($"purge expects {e.Message}");
        }
    }

    private static int PrintPurge(IReadOnlyList<DevicePurge> devices)
    {
        foreach (var (device, answer) in devices)
            Console.WriteLine($"{device,-24} {answer ?? "is away: the command waits for it on the broker"}");
        var answered = devices.Count(d => d.Answer is not null);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answered} of {devices.Count} devices"));
        return answered > 0 && answered == devices.Count ? ExitCodes.Success : ExitCodes.Failure;
    }
}
