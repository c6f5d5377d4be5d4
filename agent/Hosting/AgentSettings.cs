using EdgeAgent.Answers;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using EdgeAgent.Updates;
using Microsoft.Extensions.Configuration;

namespace EdgeAgent.Hosting;

/// <summary>The configuration cannot be used; every problem names its key, what was found and what is allowed.</summary>
internal sealed class SettingsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}

/// <summary>
/// All settings, from appsettings.json beside the binary, then /etc/edge-agent/agent.json (or --config), then EDGE_AGENT__*
/// environment variables, then flags; validated as a whole.
/// </summary>
internal sealed record AgentSettings
{
    public const string SystemFile = "/etc/edge-agent/agent.json", EnvironmentPrefix = "EDGE_AGENT__", BundledStudent = "cell-student";
    private static readonly string[] Sections = [MqttOptions.Section, QueryOptions.Section, StudentSettings.Section, PrivacyOptions.Section,
        UpdateOptions.Section, LadderOptions.Section, StackLightOptions.Section, AnswerOptions.Section, SupervisorOptions.Section,
        LogOptions.Section, nameof(StateDirectory), nameof(SimulateHeat)];

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

    /// <summary>Where state lives. Default: systemd's STATE_DIRECTORY, else ~/.local/state/edge-agent.</summary>
    public string StateDirectory { get; init; } = "";

    /// <summary>What lies where in the state directory.</summary>
    public string SlotsPath => Path.Combine(StateDirectory, "models");

    public string JournalPath => Path.Combine(StateDirectory, "updates", "journal.log");

    public string KeyStatementsPath => Path.Combine(StateDirectory, "updates", "keys.log");

    public string AnswersPath => Path.Combine(StateDirectory, "answers", "answers.db");

    /// <summary>For whom and how answers are learned. The version changes with the way questions are put to the student.</summary>
    public string AnswerScope => $"{Mqtt.Site}|p1";

    public string BusinessPath => Path.Combine(StateDirectory, "business.db");

    /// <summary>CSV of temperatures that stand for the sensors; empty: the real ones.</summary>
    public string SimulateHeat { get; init; } = "";

    public string ModelDirectory =>
        Student.Model.Length > 0 ? Student.Model : Path.Combine(AppContext.BaseDirectory, "models", BundledStudent);

    /// <exception cref="SettingsException"/>
    public static AgentSettings Load(string? file, IReadOnlyDictionary<string, string?> flags)
    {
        if (file is not null && !File.Exists(file)) throw new SettingsException([$"--config must be an existing file, found '{file}'"]);
        IConfigurationRoot configuration;
        try
        {
            configuration = new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .AddJsonFile(file is null ? SystemFile : Path.GetFullPath(file), optional: file is null)
                .AddEnvironmentVariables(EnvironmentPrefix)
                .AddInMemoryCollection(flags.Where(f => f.Value is not null))
                .Build();
            return Bind(configuration);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or InvalidOperationException)
        {
            throw new SettingsException([e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}"]);
        }
    }

    private static AgentSettings Bind(IConfigurationRoot configuration)
    {
        var unknown = configuration.GetChildren().Select(c => c.Key).Where(k => !Sections.Contains(k, StringComparer.OrdinalIgnoreCase))
            .Select(k => $"{k} is no section; allowed are {string.Join(", ", Sections)}").ToList();
        var settings = configuration.Get<AgentSettings>(o => o.ErrorOnUnknownConfiguration = true) ?? new AgentSettings();
        List<string> problems = [.. unknown, .. settings.Mqtt.Problems(), .. settings.Queries.Problems(), .. settings.Student.Problems(),
            .. settings.Privacy.Problems(), .. settings.Updates.Problems(), .. settings.Thermal.Problems(),
            .. settings.StackLight.Problems(), .. settings.Answers.Problems(), .. settings.Supervisor.Problems(), .. settings.Logs.Problems()];
        if (problems.Count > 0) throw new SettingsException(problems);
        return settings.StateDirectory.Length > 0 ? settings : settings with { StateDirectory = DefaultState() };
    }

    private static string DefaultState() =>
        Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } systemd ? systemd.Split(':')[0]
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } xdg
            ? xdg : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"), "edge-agent");
}
