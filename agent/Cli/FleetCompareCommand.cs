using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Evaluation.Comparison;
using EdgeAgent.Fleet;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent fleet compare</c>: which of two releases resolves more, from the ratings of all devices of a site.</summary>
internal static class FleetCompareCommand
{
    /// <summary>Devices tell their ratings every ten seconds.</summary>
    private const int DefaultSeconds = 12, MaxSeconds = 600;

    public static Command Create(TimeProvider clock)
    {
        var a = new Option<long>("--a") { Description = "A release.", Required = true };
        var b = new Option<long>("--b") { Description = "The release beside it.", Required = true };
        var margin = new Option<string>("--margin")
        {
            Description = "Differences below this do not matter in practice, as a percentage.",
            DefaultValueFactory = _ => "5%"
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "Time to hear the devices.",
            DefaultValueFactory = _ => DefaultSeconds
        };
        OptionValues.Limit(seconds, $"1..{MaxSeconds}", n => n is >= 1 and <= MaxSeconds);
        var command = new Command("compare",
            "Say which of two releases resolves more questions, as users rated them; look as often as you like.")
        { a, b, margin, seconds };
        var options = new SiteOptions(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var difference = OptionValues.Share(result.GetValue(margin)!);
            if (difference is not (> 0 and < 1)) throw new UsageException("--margin must be above 0% and below 100%");
            var site = await SiteClient.ConnectAsync(options.Broker(result), options.Site(result), clock, BrokerOptions.Watch(),
                cancellationToken).ConfigureAwait(false);
            await using (site.ConfigureAwait(false))
            {
                await Task.Delay(TimeSpan.FromSeconds(result.GetValue(seconds)), clock, cancellationToken).ConfigureAwait(false);
                site.ThrowIfGone();
                Print(site.View.RatingsOf(result.GetValue(a)), site.View.RatingsOf(result.GetValue(b)), difference, options.IsJson(result));
            }
            return ExitCodes.Success;
        }));
        return command;
    }

    private static void Print(ReleaseRatings a, ReleaseRatings b, double margin, bool asJson)
    {
        var verdict = CountComparison.Judge(Count(a), Count(b), new ComparisonOptions(margin));
        var outcome = verdict.Outcome.ToString().ToLowerInvariant();
        if (asJson)
        {
            Console.WriteLine(new JsonObject
            {
                ["a"] = Node(a),
                ["b"] = Node(b),
                ["verdict"] = outcome,
                ["winner"] = verdict.Winner is null ? null : verdict.Winner == "A" ? a.Release : b.Release,
                ["difference"] = verdict.Difference,
                ["low"] = verdict.Low,
                ["high"] = verdict.High,
            }.ToJsonString());
            return;
        }
        foreach (var (name, r) in new[] { ("A", a), ("B", b) })
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: release {r.Release}, {r.Resolved:F0} of {r.Resolved + r.Unresolved:F0} resolved, {r.Ratings:F0} ratings"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"A - B: {verdict.Difference:P1} [{verdict.Low:P1}, {verdict.High:P1}]"));
        Console.WriteLine(verdict.Outcome switch
        {
            ComparisonOutcome.Superior => $"superior: release {(verdict.Winner == "A" ? a.Release : b.Release)} resolves more",
            ComparisonOutcome.Equivalent => "equivalent: the difference does not matter in practice",
            ComparisonOutcome.Inconclusive => "inconclusive: as many ratings as planned, and nothing is proven",
            _ => "continue: more ratings are needed",
        });
    }

    private static ResolvedCount Count(ReleaseRatings r) => new((long)r.Resolved, (long)(r.Resolved + r.Unresolved));

    private static JsonObject Node(ReleaseRatings r) => new()
    {
        ["release"] = r.Release,
        ["resolved"] = r.Resolved,
        ["unresolved"] = r.Unresolved,
        ["ratings"] = r.Ratings,
    };
}
