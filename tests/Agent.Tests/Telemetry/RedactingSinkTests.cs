using EdgeAgent.Privacy;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Tests.Telemetry;

/// <summary>Logs hold no personal data and no text of users.</summary>
public sealed partial class RedactingSinkTests
{
    private static string Logged(Action<ILogger> write)
    {
        using var directory = new TemporaryDirectory();
        using (var loggers = Logs.Create(new LogOptions(), directory.Path,
            LogRedaction.CreateProvider(new PrivacyOptions()).GetRedactor(LogClasses.Operational), quiet: true))
            write(loggers.CreateLogger("test"));
        return string.Concat(Directory.GetFiles(directory.Path).Select(File.ReadAllText));
    }

    [Fact]
    public void Emit_FieldWithPersonalData_IsMasked()
    {
        var text = Logged(l => Refused(l, "call 13812345678 or a@b.org", "10.0.0.7:1883", 3));
        Assert.Contains("call *********** or *******", text, StringComparison.Ordinal);
        Assert.Contains("10.0.0.7:1883", text, StringComparison.Ordinal); // operators look for it
        Assert.Contains("\"Count\":3", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Emit_Exception_HasTypeAndPlaceButNoMessage()
    {
        var text = Logged(l =>
        {
            try
            {
                throw new InvalidOperationException("张伟 asked about the pump", new FormatException("line 13812345678"));
            }
            catch (InvalidOperationException e)
            {
                Failed(l, e);
            }
        });
        Assert.Contains("System.InvalidOperationException", text, StringComparison.Ordinal);
        Assert.Contains("System.FormatException", text, StringComparison.Ordinal);
        Assert.Contains(nameof(Emit_Exception_HasTypeAndPlaceButNoMessage), text, StringComparison.Ordinal);
        Assert.DoesNotContain("pump", text, StringComparison.Ordinal);
        Assert.DoesNotContain("13812345678", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Emit_IoException_KeepsItsMessage() =>
        Assert.Contains("No space left", Logged(l => Failed(l, new IOException("No space left on device"))), StringComparison.Ordinal);

    [LoggerMessage(Level = LogLevel.Warning, Message = "refused {Reason} at {Address}, {Count}")]
    private static partial void Refused(ILogger logger, string reason, string address, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "failed")]
    private static partial void Failed(ILogger logger, Exception e);
}
