using System.CommandLine;
using System.Globalization;
using EdgeAgent.Fleet;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent fleet rollout</c>: begins a rollout, or resumes the one on the broker.</summary>
internal sealed class FleetRolloutCommand
{
    private readonly Option<string?> _bundle = new("--bundle")
    {
        Description = "SHA-256 of the bundle, as 'fleet publish' prints it. Without it the rollout on the broker is resumed."
    };
    private readonly Option<string?> _library = new("--library")
    {
        Description = "SHA-256 of a library of manuals, as 'docs publish' prints it, in the place of --bundle."
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
    private readonly Option<string?> _stageTimeout = new("--stage-timeout")
    {
        Description = "Longest time of a stage, such as 90s, 30m or 4h: devices that have not ended by then are passed over, and the " +
            "next in line take their places. Default: 4h, or 28h with --window."
    };
    private readonly Option<bool> _allowUnknown = new("--allow-unknown")
    {
        Description = "Take names in --devices that the broker has never seen."
    };
    private readonly Option<string?> _url = new("--url") { Description = "Fetch the bundle from this http(s) URL, not over MQTT." };
    private static readonly TimeSpan StageTimeout = TimeSpan.FromHours(4), WindowTimeout = TimeSpan.FromHours(28);
    private readonly SiteOptions _site;
    private readonly Command _command;
    private readonly TimeProvider _clock;

    private FleetRolloutCommand(TimeProvider clock)
    {
        _clock = clock;
        _command = new Command("rollout",
            "Roll a bundle out in stages; prints each change. Ends with exit code 0 when the devices have it, with 1 when too many " +
            "failed or some did not report. The rollout's state is retained on the broker.")
        {
            _bundle, _library, _devices, _stages, _abortAbove, _abortWorse, _window, _bandwidth, _jitter, _dwell, _stageTimeout,
            _allowUnknown, _url
        };
        _site = new SiteOptions(_command);
        _command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(() => RunAsync(result, cancellationToken)));
    }

    public static Command Create(TimeProvider clock) => new FleetRolloutCommand(clock)._command;

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var isJson = _site.IsJson(result);
        var site = await SiteClient.ConnectAsync(_site.Broker(result), _site.Site(result), _clock, BrokerOptions.Watch(),
            cancellationToken).ConfigureAwait(false);
        await using (site.ConfigureAwait(false))
        {
            await Task.Delay(RolloutRunner.SettleTime, _clock, cancellationToken).ConfigureAwait(false);
            var (bundle, library) = (result.GetValue(_bundle), result.GetValue(_library));
            if (bundle is not null && library is not null) throw new UsageException("a rollout is of a --bundle or of a --library");
            var record = (bundle ?? library) is { } named
                ? Begin(result, (named, library is null ? RolloutRecord.StudentKind : RolloutRecord.LibraryKind), site.View)
                : site.View.Rollout ?? throw new UsageException("there is no rollout on the broker: name a --bundle or a --library");
            var runner = new RolloutRunner(site, _clock) { Report = change => Print(change, isJson) };
            record = await runner.RunAsync(record, cancellationToken).ConfigureAwait(false);
            FleetReport.Print(site, record, isJson);
            var counts = RolloutCounts.Of(record, site.View.ProgressOf(record), site.View.SentOf(record));
            return record.State == RolloutState.Done && counts.Silent + counts.Unfinished == 0 ? ExitCodes.Success : ExitCodes.Failure;
        }
    }

    private void Print(RolloutChange change, bool isJson)
    {
        var now = _clock.GetLocalNow();
        if (!isJson)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{now:HH:mm:ss} {change.Text}"));
            return;
        }
        change.Json["at"] = now.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
        Console.WriteLine(change.Json.ToJsonString());
    }

    /// <summary>Devices that are online come first: the first stage tries the bundle on devices that can answer.</summary>
    private string[] Devices(ParseResult result, SiteView view)
    {
        var names = result.GetRequiredValue(_devices) is "all" ? view.Devices : [.. Split(result.GetRequiredValue(_devices)).Distinct()];
        if (names.Count == 0) throw new UsageException("--devices names none, and the broker knows none");
        if (names.FirstOrDefault(n => !Topics.IsName(n)) is { } wrong)
            throw new UsageException($"a device's name is 1..64 of A-Z a-z 0-9 . _ -, found '{wrong}'");
        if (!result.GetValue(_allowUnknown) && DeviceNames.Problem(names, view.Devices, _site.Site(result)) is { } problem)
            throw new UsageException($"{problem}. Use --allow-unknown for devices that have never connected");
        return [.. names.OrderBy(n => view.IsOnline(n) ? 0 : 1)];
    }

    private RolloutRecord Begin(ParseResult result, (string Id, string Kind) bundle, SiteView view)
    {
        var devices = Devices(result, view);
        var window = result.GetValue(_window);
        var record = new RolloutRecord
        {
            Id = Identifiers.New(_clock)[..16],
            Bundle = bundle.Id,
            Kind = bundle.Kind,
            Url = result.GetValue(_url),
            Devices = devices,
            Stages = Split(result.GetRequiredValue(_stages)),
            AbortAbove = OptionValues.Share(result.GetRequiredValue(_abortAbove)),
            WorseBy = OptionValues.Share(result.GetRequiredValue(_abortWorse)),
            Window = window,
            Bandwidth = OptionValues.BytesPerSecond(result.GetValue(_bandwidth)),
            JitterS = result.GetValue(_jitter),
            DwellS = OptionValues.NotNegative("--dwell", result.GetValue(_dwell)),
            StageTimeoutS = result.GetValue(_stageTimeout) is { } limit
                ? OptionValues.Duration("--stage-timeout", limit).TotalSeconds
                : (window is null ? StageTimeout : WindowTimeout).TotalSeconds,
            BegunAt = _clock.GetUtcNow(),
        };
        if (record.Stages.Count == 0) throw new UsageException("--stages expects at least one count or percentage; found none");
        foreach (var stage in record.Stages) RolloutPlanner.Count(stage, devices.Length);
        return record.ToCommand().Problem() is { } problem ? throw new UsageException(problem) : record;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
