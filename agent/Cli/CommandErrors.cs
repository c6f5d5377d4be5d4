using System.Data.Common;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Platform;
using EdgeAgent.Serving;

namespace EdgeAgent.Cli;

/// <summary>The command line is wrong: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The edge of every verb: whatever goes wrong becomes one sentence on standard error and an exit code.</summary>
internal static class CommandErrors
{
    /// <summary>Longest sentence, characters: an argument of a megabyte is not repeated.</summary>
    private const int MaxLength = 2000;

    public static int Run(Func<int> verb) => RunAsync(() => Task.FromResult(verb())).GetAwaiter().GetResult();

    public static async Task<int> RunAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb().ConfigureAwait(false);
        }
        catch (Exception e) // the verb's edge: no stack trace is a user's business
        {
            return Fail(e);
        }
    }

    /// <summary>Reports an exception; nothing for Ctrl-C.</summary>
    public static int Fail(Exception exception)
    {
        exception = Cause(exception);
        if (exception is OperationCanceledException) return ExitCodes.Failure;
        try
        {
            Say(Explain(exception));
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException) // no room for one more library
        {
            Say(exception.Message);
        }
        return exception is UsageException or SettingsException ? ExitCodes.Usage : ExitCodes.Failure;
    }

    public static void Say(string sentence)
    {
        var text = sentence.Length <= MaxLength ? sentence : $"{sentence[..(MaxLength / 2)]} ... {sentence[^(MaxLength / 2)..]}";
        var printable = text.Select(c => char.IsControl(c) && c is not '\n' and not '\r' ? '?' : c);
        Console.Error.WriteLine($"edge-agent: {string.Concat(printable)}");
    }

    private static Exception Cause(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: [var only] } => Cause(only),
        TypeInitializationException { InnerException: { } inner } => Cause(inner),
        _ => exception
    };

    private static string Explain(Exception exception) => exception switch
    {
        UsageException or SettingsException or StudentRefusedException or ModelFileException or VerificationException
            or ExecutionProviderException or StudentMemoryException or EngineException or DeviceException or InferenceException
            or InstrumentException or TemplateException or PromptTooLongException or EngineBusyException or TimeoutException
            or DocumentException or LibraryException
            or FormatException or InvalidDataException or IOException or UnauthorizedAccessException => exception.Message,
        JsonException => $"expected JSON; found {exception.Message}",
        CryptographicException => $"a key or certificate cannot be used: {exception.Message}",
        DbException => $"the database cannot be used: {exception.Message}",
        HttpRequestException or SocketException => $"the network cannot be used: {exception.Message}",
        DllNotFoundException => $"a library is missing: {exception.Message}",
        OutOfMemoryException => "there is not enough memory for this",
        ArgumentException or NotSupportedException or OverflowException => $"a value cannot be used: {exception.Message}",
        _ => Internal(exception)
    };

    /// <summary>Without the message, which may hold what somebody asked.</summary>
    private static string Internal(Exception exception)
    {
        var own = new StackTrace(exception).GetFrames().Select(f => $"{f.GetMethod()?.DeclaringType?.FullName}.{f.GetMethod()?.Name}")
            .FirstOrDefault(name => name.StartsWith(nameof(EdgeAgent), StringComparison.Ordinal));
        return $"an internal error, {exception.GetType().Name}{(own is null ? "" : $" in {own}")}; please report it with the command line";
    }
}
