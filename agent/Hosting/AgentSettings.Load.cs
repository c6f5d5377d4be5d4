using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Platform;
using Microsoft.Extensions.Configuration;

namespace EdgeAgent.Hosting;

/// <content>Where things lie below the state directory, and how the settings are read.</content>
internal sealed partial record AgentSettings
{
    public const string SystemFile = "/etc/edge-agent/agent.json", EnvironmentPrefix = "EDGE_AGENT__", BundledStudent = "cell-student";

    public string SlotsPath => Path.Combine(StateDirectory, "models");

    /// <summary>Slots of the libraries that came by update.</summary>
    public string LibrariesPath => Path.Combine(StateDirectory, "libraries");

    public string PreparedPath => Path.Combine(StateDirectory, "prepared");

    /// <summary>What a GPU runs: weights in its precision, and TensorRT's engines.</summary>
    public string EnginesPath => Path.Combine(StateDirectory, "engines");

    public string PrefixesPath => Path.Combine(StateDirectory, "prefixes");

    public string JournalPath => Path.Combine(StateDirectory, "updates", "journal.log");

    public string LibraryJournalPath => Path.Combine(StateDirectory, "updates", "libraries.log");

    public string KeyStatementsPath => Path.Combine(StateDirectory, "updates", "keys.log");

    public string AnswersPath => Path.Combine(StateDirectory, "answers", "answers.db");

    public const string ReviewName = "review.db";

    /// <summary>The review queue, beside the answers.</summary>
    public string ReviewPath => Path.Combine(StateDirectory, "answers", ReviewName);

    /// <summary>Where the embedded broker keeps sessions and retained messages.</summary>
    public string BrokerPath => Path.Combine(StateDirectory, "broker");

    /// <summary>File of its users; null where there is no place for one.</summary>
    public string? BrokerUsersPath => Broker.UsersFile.Length > 0
        ? Broker.UsersFile : StateDirectory.Length > 0 ? Path.Combine(BrokerPath, "users") : null;

    /// <summary>For whom and how answers are learned. The version changes with the way questions are put to the student.</summary>
    public string AnswerScope => $"{Mqtt.Site}|p1{(Knowledge.Library.Length > 0 ? "|documents" : "")}";

    /// <summary>Where the device was announced to Home Assistant.</summary>
    public string HomeAssistantPath => Path.Combine(StateDirectory, "home-assistant");

    /// <summary>Options that were changed while the agent ran.</summary>
    public string ConfiguredPath => Path.Combine(StateDirectory, "configured.json");

    public string BusinessPath => Path.Combine(StateDirectory, "business.db");

    /// <summary>The frozen reference window of drift.</summary>
    public string DriftPath => Path.Combine(StateDirectory, "drift.json");

    public string OutboxPath => Path.Combine(StateDirectory, "outbox.db");

    public string ModelDirectory => Student.Model.Length > 0 ? Student.Model : BundledDirectory;

    /// <summary>The student that comes with the agent.</summary>
    public static string BundledDirectory => Path.Combine(AppContext.BaseDirectory, "models", BundledStudent);

    /// <summary>The public key that signed it; it counts for no other student.</summary>
    public static string BundledKey => Path.Combine(AppContext.BaseDirectory, "models", "keys", BundledStudent + ".pem");

    /// <exception cref="SettingsException"/>
    public static AgentSettings Load(string? file, IReadOnlyDictionary<string, string?> flags)
    {
        if (file is not null && !File.Exists(file)) throw new SettingsException([$"--config must be an existing file, found '{file}'"]);
        try
        {
            var settings = Bind(new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .Add(new Utf8JsonSource(file is null ? SystemFile : Path.GetFullPath(file), isOptional: file is null))
                .AddEnvironmentVariables(EnvironmentPrefix)
                .AddInMemoryCollection(flags.Where(f => f.Value is not null))
                .Build());
            return DeviceCredentials.Fill(settings, DeviceCredentials.In(DeviceCredentials.DirectoryBeside(file ?? SystemFile)));
        }
        catch (Exception e) when (e is InvalidDataException or TextFileException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}"]);
        }
    }

    private static AgentSettings Bind(IConfigurationRoot configuration)
    {
        List<string> problems = [], warnings = [];
        var given = new OptionBinder(problems).Bind<AgentSettings>(RenamedKeys.Replace(configuration, problems, warnings));
        var settings = DeviceCredentials.Fill(given, ServiceEnvironment.Current.Credential);
        problems.AddRange(OptionValidator.Problems(settings));
        if (problems.Count > 0) throw new SettingsException(problems);
        var state = settings.StateDirectory.Length > 0 ? settings.StateDirectory : DefaultState();
        return settings with { StateDirectory = state, Warnings = warnings };
    }

    internal static string DefaultState() =>
        ServiceEnvironment.Current.StateDirectory
        ?? Path.Combine(Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } xdg
            ? xdg : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"), "edge-agent");
}
