using Microsoft.Extensions.Compliance.Redaction;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Compact;

namespace EdgeAgent.Telemetry;

/// <summary>
/// Sets up logging: to standard error (with syslog priorities under systemd, so that journald keeps the level) and to rolling compact
/// JSON files bounded in size. Entries at Information and above hold no text of questions or answers.
/// </summary>
internal static class Logs
{
    /// <param name="directory">Directory of the files; null writes none.</param>
    /// <param name="redactor">Removes personal data from texts in fields.</param>
    /// <param name="quiet">Whether the terminal shows warnings and errors only.</param>
    public static AgentLoggers Create(LogOptions options, string? directory, Redactor redactor, bool quiet = false)
    {
        var level = new LoggingLevelSwitch(options.Level);
        var underSystemd = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 };
        var configuration = Filtered(level);
        configuration = underSystemd
            ? configuration.WriteTo.Console(new JournalFormatter(), standardErrorFromLevel: LogEventLevel.Verbose)
            : configuration.WriteTo.Console(
                outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}",
                formatProvider: System.Globalization.CultureInfo.InvariantCulture,
                standardErrorFromLevel: LogEventLevel.Verbose,
                restrictedToMinimumLevel: quiet ? LogEventLevel.Warning : LevelAlias.Minimum);
        if (directory is not null)
            configuration = configuration.WriteTo.File(new CompactJsonFormatter(), Path.Combine(directory, "edge-agent-.jsonl"),
                rollingInterval: RollingInterval.Day,
                fileSizeLimitBytes: options.FileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: options.Files);
        var outer = Filtered(level).WriteTo.Sink(new RedactingSink(configuration.CreateLogger(), redactor));
        return new AgentLoggers(new SerilogLoggerFactory(outer.CreateLogger(), dispose: true), level);
    }

    private static LoggerConfiguration Filtered(LoggingLevelSwitch level) =>
        new LoggerConfiguration().MinimumLevel.ControlledBy(level).MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            // of a start that fails the verb says the reason
            .MinimumLevel.Override("Microsoft.Extensions.Hosting", LogEventLevel.Fatal);

    /// <summary>Writes "&lt;priority&gt;message" lines (sd-daemon(3)).</summary>
    private sealed class JournalFormatter : ITextFormatter
    {
        public void Format(LogEvent logEvent, TextWriter output)
        {
            var priority = logEvent.Level switch
            {
                LogEventLevel.Fatal => 2,
                LogEventLevel.Error => 3,
                LogEventLevel.Warning => 4,
                LogEventLevel.Information => 6,
                _ => 7
            };
            output.Write(
                $"<{priority}>{logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture).ReplaceLineEndings(" ")}");
            if (logEvent.Exception is { } e) output.Write($" {e.Message.ReplaceLineEndings(" ")}");
            output.Write('\n');
        }
    }
}
