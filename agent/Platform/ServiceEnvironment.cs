using System.Globalization;

namespace EdgeAgent.Platform;

/// <summary>
/// What systemd tells a service by its environment (systemd.exec(5), sd_watchdog_enabled(3)). Empty where there is no systemd.
/// </summary>
public sealed record ServiceEnvironment
{
    /// <summary>Directory of what the service stores; null where none is given.</summary>
    public string? StateDirectory { get; init; }

    /// <summary>Directory of its logs; null where none is given.</summary>
    public string? LogsDirectory { get; init; }

    /// <summary>Directory of the secrets that only the service can read; null where there are none.</summary>
    public string? CredentialsDirectory { get; init; }

    /// <summary>Whether a service manager waits to hear that the service is ready.</summary>
    public bool IsNotified { get; init; }

    /// <summary>Longest time between two signs of life; null where nobody waits for any.</summary>
    public TimeSpan? Watchdog { get; init; }

    /// <summary>This process's.</summary>
    public static ServiceEnvironment Current => Read(Environment.GetEnvironmentVariable, Environment.ProcessId);

    /// <param name="variable">Value of an environment variable; null where it is not set.</param>
    /// <param name="process">Id of this process: the watchdog of a parent is not its child's.</param>
    public static ServiceEnvironment Read(Func<string, string?> variable, int process)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return new ServiceEnvironment
        {
            StateDirectory = First(variable("STATE_DIRECTORY")),
            LogsDirectory = First(variable("LOGS_DIRECTORY")),
            CredentialsDirectory = First(variable("CREDENTIALS_DIRECTORY")),
            IsNotified = variable("NOTIFY_SOCKET") is { Length: > 0 },
            Watchdog = long.TryParse(variable("WATCHDOG_USEC"), CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
                && (variable("WATCHDOG_PID") is not { Length: > 0 } watched || watched == process.ToString(CultureInfo.InvariantCulture))
                ? TimeSpan.FromMicroseconds(microseconds) : null,
        };
    }

    /// <summary>
    /// Path of a secret's file; null where none is given. The unit gives every secret a blank default, because a file that is missing
    /// would keep the service from starting.
    /// </summary>
    public string? Credential(string name)
    {
        if (CredentialsDirectory is null) return null;
        var path = Path.Combine(CredentialsDirectory, name);
        return File.Exists(path) && File.ReadLines(path).Any(line => !string.IsNullOrWhiteSpace(line)) ? path : null;
    }

    /// <summary>systemd separates several directories with colons; the first is the service's own.</summary>
    private static string? First(string? list) => list is { Length: > 0 } ? list.Split(':')[0] : null;
}
