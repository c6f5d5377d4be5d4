using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Live;

/// <summary>
/// <c>cmd/configure/{id}</c>: sets the live options to what the command gives, and the others of them to the configuration. A change is on
/// disk before it counts, and on trial for a minute: where the broker is away at its end, or the agent ends meanwhile, what was before
/// comes back. Of several commands that wait together the last one counts.
/// </summary>
/// <param name="path">The record; null without a state directory: then changes last until the agent ends.</param>
internal sealed class ConfigureHandler(RunningSettings running, StatusPublisher statuses, Func<bool> isConnected, string? path,
    TimeProvider clock) : ICommandHandler, IDisposable
{
    internal static readonly TimeSpan Trial = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private ConfigureRecord? _record;
    private ITimer? _timer;

    public string Operation => Operations.Configure;

    /// <summary>Goes on with what is on disk; a trial that the agent's end cut short is taken back.</summary>
    public void Resume()
    {
        if (path is null || !File.Exists(path)) return;
        try
        {
            using var stream = File.OpenRead(path);
            _record = JsonSerializer.Deserialize(stream, ConfigureJson.Default.ConfigureRecord);
            if (_record is not { Id: not null, Options: not null }) _record = null;
            if (_record is null) return;
            if (_record.IsOnTrial) RollBack("the agent ended while the change was on trial");
            else running.Change(_record.Options);
        }
        catch (Exception e) when (e is JsonException or FormatException || DiskErrors.Include(e))
        {
            _record = null; // the configuration counts; the fleet manager sees it in the next status
        }
    }

    public Task<IReadOnlyList<CommandResult>> HandleAsync(IReadOnlyList<DeviceCommand> commands)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<CommandResult>>([.. commands.Select(c => c.IsCleared ? CommandResult.Silent : Take(c))]);
    }

    private CommandResult Take(DeviceCommand command)
    {
        if (_record?.Id == command.Id) return Said(_record.State);
        try
        {
            var options = LiveSettings.Parse(command.Payload);
            running.Check(options);
            var previous = _record?.Previous ?? _record?.Options ?? new Dictionary<string, string>();
            Keep(new ConfigureRecord(command.Id, options, previous, ConfigureRecord.Trial));
            running.Change(options);
        }
        catch (FormatException e)
        {
            return CommandResult.Failed($"expected {e.Message}");
        }
        _timer?.Dispose();
        _timer = clock.CreateTimer(_ => EndTrial(), null, Trial, Timeout.InfiniteTimeSpan);
        return Said(ConfigureRecord.Trial);
    }

    private void EndTrial()
    {
        lock (_lock)
        {
            if (_record is not { IsOnTrial: true } record) return;
            try
            {
                if (!isConnected())
                {
                    RollBack("the broker was away at the end of the trial");
                    return;
                }
                Keep(record with { Previous = null, State = ConfigureRecord.Committed });
                statuses.Show(new DeviceCommand(Operation, record.Id, default), Said(ConfigureRecord.Committed));
            }
            catch (Exception e) when (DiskErrors.Include(e))
            {
                statuses.Show(new DeviceCommand(Operation, record.Id, default),
                    CommandResult.Failed($"the device cannot write it: {e.Message}"));
            }
        }
    }

    private void RollBack(string why)
    {
        var (id, previous) = (_record!.Id, _record.Previous!);
        running.Change(previous);
        Keep(new ConfigureRecord(id, previous, null, ConfigureRecord.RolledBack));
        var result = Said(ConfigureRecord.RolledBack);
        result.Status!["detail"] = why;
        statuses.Show(new DeviceCommand(Operation, id, default), result);
    }

    private void Keep(ConfigureRecord record)
    {
        if (path is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DurableFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(record, ConfigureJson.Default.ConfigureRecord));
        }
        _record = record;
    }

    private CommandResult Said(string state) =>
        new(new JsonObject { ["state"] = state, ["options"] = LiveSettings.Report(running.Now) });

    public void Dispose() => _timer?.Dispose();
}
