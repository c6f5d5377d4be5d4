using System.Text;
using EdgeAgent.Platform;
using Microsoft.Extensions.Compliance.Redaction;
using Serilog.Core;
using Serilog.Events;

namespace EdgeAgent.Telemetry;

/// <summary>
/// Wraps all log sinks: the redactor removes personal data from texts in fields; numbers and fixed words pass. Exceptions lose their
/// messages, which may quote a user, except for types that concern devices and networks only; their messages are redacted too.
/// </summary>
internal sealed class RedactingSink(Logger inner, Redactor redactor) : ILogEventSink, IDisposable
{
    public void Emit(LogEvent logEvent)
    {
        var properties = logEvent.Properties.ToDictionary(p => p.Key,
            p => p.Key == Constants.SourceContextPropertyName ? p.Value : Redact(p.Value));
        var exception = logEvent.Exception is { } e ? new RedactedException(e, redactor) : null;
        inner.Write(LogEvent.UnstableAssembleFromParts(logEvent.Timestamp, logEvent.Level, exception, logEvent.MessageTemplate, properties,
            logEvent.TraceId ?? default, logEvent.SpanId ?? default));
    }

    private LogEventPropertyValue Redact(LogEventPropertyValue value) => value switch
    {
        ScalarValue { Value: string text } => new ScalarValue(redactor.Redact(text)),
        ScalarValue { Value: null or bool or Enum or DateTime or DateTimeOffset or TimeSpan or Guid or IConvertible and not string } =>
            value,
        ScalarValue { Value: { } other } => new ScalarValue(redactor.Redact(other.ToString() ?? "")),
        SequenceValue sequence => new SequenceValue(sequence.Elements.Select(Redact)),
        StructureValue structure =>
            new StructureValue(structure.Properties.Select(p => new LogEventProperty(p.Name, Redact(p.Value))), structure.TypeTag),
        DictionaryValue dictionary => new DictionaryValue(dictionary.Elements.Select(d => KeyValuePair.Create(d.Key, Redact(d.Value)))),
        _ => new ScalarValue(""),
    };

    public void Dispose() => inner.Dispose();
}

/// <summary>An exception without what may quote a user.</summary>
internal sealed class RedactedException(Exception original, Redactor redactor) : Exception(MessageOf(original, redactor))
{
    /// <summary>The type's name, and the message where that cannot quote a user.</summary>
    private static string MessageOf(Exception e, Redactor redactor) =>
        e is IOException or System.Net.Sockets.SocketException or TimeoutException or UnauthorizedAccessException
            or System.Security.Authentication.AuthenticationException
            ? $"{e.GetType().Name}: {redactor.Redact(e.Message)}" : e.GetType().Name;

    public override string ToString() => new StringBuilder(Message).Append('\n').Append(CrashGuard.Describe(original)).ToString();
}
