using System.CommandLine;
using EdgeAgent.Fleet;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent fleet rollout</c>: begins a rollout, or resumes the one on the broker.</summary>
internal sealed class FleetRolloutCommand
{
    private readonly Option<string?> _bundle = new("--bundle")
    {
        Description = "SHA-256 of the bundle, as 'fleet publish' prints it. Without it the rollout on the broker is resumed."
    };
    private readonly Option<string> _devices = new("--devices")
    {
        Description = "Devices, separated by commas, or 'all' for those the broker knows.",
        DefaultValueFactory = _ => "all"
    };
    private readonly Option<string> _stages = new("--stages")
    {
        Description = "How many devices have the bundle after each stage, as counts or percentages.",
        DefaultValueFactory = _ => "1,10%,50%,100%"
    };
    private readonly Option<string> _abortAbove = new("--abort-above")
    {
        Description = "Stop when more than this share of a stage's devices failed or got worse.",
        DefaultValueFactory = _ => "5%"
    };
    private readonly Option<string> _abortWorse = new("--abort-worse")
    {
        Description = "Count a device as failed when users rate the new release, or say that it resolves their question, less than the " +
            "one before by more than this share (at least 10 ratings of each).",
        DefaultValueFactory = _ => "10%"
    };
    private readonly Option<string?> _window = new("--window") { Description = "Time of day for download and switch: HH:MM-HH:MM." };
    private readonly Option<string?> _bandwidth = new("--bandwidth") { Description = "Limit for each device in bytes a second: 2MB/s." };
    private readonly Option<double> _jitter = new("--jitter") { Description = "Seconds over which devices spread their start." };
    private readonly Option<double> _dwell = new("--dwell") { Description = "Seconds to wait between stages." };
    private readonly Option<string?> _url = new("--url") { Description = "Fetch the bundle from this http(s) URL, not over MQTT." };
    private readonly SiteOptions _site;
    private readonly Command _command;
    private readonly TimeProvider _clock;

    private FleetRolloutCommand(TimeProvider clock)
    {
        _clock = clock;
        _command = new Command("rollout",
            "Roll a bundle out in stages. Ends when all devices have it, or when too many failed (exit code 1). The rollout's state is " +
            "retained on the broker.")
        { _bundle, _devices, _stages, _abortAbove, _abortWorse, _window, _bandwidth, _jitter, _dwell, _url };
        _site = new SiteOptions(_command);
        _command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(() => RunAsync(result, cancellationToken)));
    }

    public static Command Create(TimeProvider clock) => new FleetRolloutCommand(clock)._command;

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var site = await SiteClient.ConnectAsync(_site.Broker(result), _site.Site(result), _clock, cancellationToken).ConfigureAwait(false);
        await using (site.ConfigureAwait(false))
        {
            await Task.Delay(FleetCommand.SettleTime, _clock, cancellationToken).ConfigureAwait(false);
            var record = result.GetValue(_bundle) is { } bundle
                ? Begin(result, bundle, site.View)
                : site.View.Rollout ?? throw new UsageException("there is no rollout on the broker: name a --bundle");
            record = await new RolloutRunner(site, _clock).RunAsync(record, cancellationToken).ConfigureAwait(false);
            FleetReport.Print(site.View, record, _site.IsJson(result));
            return record.State == RolloutState.Done ? ExitCodes.Success : ExitCodes.Failure;
        }
    }

    private RolloutRecord Begin(ParseResult result, string bundle, SiteView view)
    {
        var devices = result.GetRequiredValue(_devices) is "all" ? view.Devices : Split(result.GetRequiredValue(_devices));
        if (devices.Count == 0) throw new UsageException("--devices names none, and the broker knows none");
        var record = new RolloutRecord
        {
            Id = Identifiers.New(_clock)[..16],
            Bundle = bundle,
            Url = result.GetValue(_url),
            Devices = devices,
            Stages = Split(result.GetRequiredValue(_stages)),
            AbortAbove = OptionValues.Share(result.GetRequiredValue(_abortAbove)),
            WorseBy = OptionValues.Share(result.GetRequiredValue(_abortWorse)),
            Window = result.GetValue(_window),
            Bandwidth = OptionValues.BytesPerSecond(result.GetValue(_bandwidth)),
            JitterS = result.GetValue(_jitter),
            DwellS = result.GetValue(_dwell),
        };
        foreach (var stage in record.Stages) RolloutPlanner.Count(stage, devices.Count);
        return record.ToCommand().Problem() is { } problem ? throw new UsageException(problem) : record;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
