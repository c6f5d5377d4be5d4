using EdgeAgent.Answers;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using EdgeAgent.Updates;
using Microsoft.Extensions.Configuration;

namespace EdgeAgent.Hosting;

/// <summary>
/// All settings, from appsettings.json beside the binary, then /etc/edge-agent/agent.json (or --config), then EDGE_AGENT__*
/// environment variables, then flags; validated as a whole.
/// </summary>
internal sealed record AgentSettings
{
    public const string SystemFile = "/etc/edge-agent/agent.json", EnvironmentPrefix = "EDGE_AGENT__", BundledStudent = "cell-student";
    public MqttOptions Mqtt { get; init; } = new();
    public QueryOptions Queries { get; init; } = new();
    public StudentSettings Student { get; init; } = new();
    public PrivacyOptions Privacy { get; init; } = new();
    public UpdateOptions Updates { get; init; } = new();
    public LadderOptions Thermal { get; init; } = new();
    public StackLightOptions StackLight { get; init; } = new();
    public AnswerOptions Answers { get; init; } = new();
    public SupervisorOptions Supervisor { get; init; } = new();
    public LogOptions Logs { get; init; } = new();

    /// <summary>
    /// Directory of everything the agent stores: installed students, answers, figures, logs. Empty: systemd's <c>STATE_DIRECTORY</c>, else
    /// <c>~/.local/state/edge-agent</c>.
    /// </summary>
    public string StateDirectory { get; init; } = "";

    /// <summary>
    /// CSV file of temperatures that replace the sensors', to try out how the device degrades; it is read again when it changes. Empty:
    /// the real sensors.
    /// </summary>
    public string SimulateHeat { get; init; } = "";

    /// <summary>What works but should be changed, such as keys given by an old name.</summary>
    internal IReadOnlyList<string> Warnings { get; init; } = [];

    public string SlotsPath => Path.Combine(StateDirectory, "models");

    public string PreparedPath => Path.Combine(StateDirectory, "prepared");

    public string PrefixesPath => Path.Combine(StateDirectory, "prefixes");

    public string JournalPath => Path.Combine(StateDirectory, "updates", "journal.log");

    public string KeyStatementsPath => Path.Combine(StateDirectory, "updates", "keys.log");

    public string AnswersPath => Path.Combine(StateDirectory, "answers", "answers.db");

    /// <summary>For whom and how answers are learned. The version changes with the way questions are put to the student.</summary>
    public string AnswerScope => $"{Mqtt.Site}|p1";

    public string BusinessPath => Path.Combine(StateDirectory, "business.db");

    public string ModelDirectory =>
        Student.Model.Length > 0 ? Student.Model : Path.Combine(AppContext.BaseDirectory, "models", BundledStudent);

    /// <exception cref="SettingsException"/>
    public static AgentSettings Load(string? file, IReadOnlyDictionary<string, string?> flags)
    {
        if (file is not null && !File.Exists(file)) throw new SettingsException([$"--config must be an existing file, found '{file}'"]);
        try
        {
            return Bind(new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .Add(new Utf8JsonSource(file is null ? SystemFile : Path.GetFullPath(file), isOptional: file is null))
                .AddEnvironmentVariables(EnvironmentPrefix)
                .AddInMemoryCollection(flags.Where(f => f.Value is not null))
                .Build());
        }
        catch (Exception e) when (e is InvalidDataException or TextFileException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}"]);
        }
    }

    private static AgentSettings Bind(IConfigurationRoot configuration)
    {
        List<string> problems = [], warnings = [];
        var settings = new OptionBinder(problems).Bind<AgentSettings>(RenamedKeys.Replace(configuration, problems, warnings));
        problems.AddRange(OptionValidator.Problems(settings));
        if (problems.Count > 0) throw new SettingsException(problems);
        var state = settings.StateDirectory.Length > 0 ? settings.StateDirectory : DefaultState();
        return settings with { StateDirectory = state, Warnings = warnings };
    }

    private static string DefaultState() =>
        Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } systemd ? systemd.Split(':')[0]
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } xdg
            ? xdg : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"), "edge-agent");
}
