using EdgeAgent.Bundles.Signing;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary>The command line is wrong: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Runs a verb: a known error becomes one line on standard error and an exit code.</summary>
internal static class CommandErrors
{
    public static int Run(Func<int> verb) => RunAsync(() => Task.FromResult(verb())).GetAwaiter().GetResult();

    public static async Task<int> RunAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb().ConfigureAwait(false);
        }
        catch (Exception e) when (e is UsageException or SettingsException)
        {
            return Fail(e, ExitCodes.Usage);
        }
        catch (Exception e)
            when (e is ModelFileException or VerificationException or ExecutionProviderException or IOException
                or UnauthorizedAccessException or TimeoutException or InstrumentException or FormatException or InvalidDataException)
        {
            return Fail(e, ExitCodes.Failure);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Failure;
        }
    }

    private static int Fail(Exception e, int code)
    {
        Console.Error.WriteLine($"edge-agent: {e.Message}");
        return code;
    }
}
