using EdgeAgent.Platform;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Serving;

/// <summary>
/// After a start without engines (the first one, a new TensorRT, a damaged file) the student serves on the next provider at once. This
/// builds the engines meanwhile, and then lets the student take over from itself; no query fails.
/// </summary>
/// <param name="load">Loads a directory's student and lets it answer once.</param>
internal sealed partial class EngineUpgrade(StudentRouter router, IEngineBuilder builder,
    Func<string, CancellationToken, Task<Student>> load, ILogger logger)
{
    /// <summary>Builds and takes over; a failure is logged, and what serves goes on serving.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (router.Current is not { } serving) return; // what may be loaded later is loaded as any other
        try
        {
            var build = await builder.BuildAsync(serving.Directory, line => Building(logger, line), cancellationToken)
                .ConfigureAwait(false);
            if (build.Failure is { } failure) Failed(logger, serving.Provider.Got.ToString(), failure);
            if (!build.IsNew) return;
            var student = await load(serving.Directory, cancellationToken).ConfigureAwait(false);
            if (student.Provider.Got != serving.Provider.Got && router.Replace(serving, student))
            {
                TookOver(logger, student.Provider.ToString());
                return;
            }
            Kept(logger, serving.Provider.ToString(), student.Provider.ToString());
            student.Dispose();
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
        catch (Exception e) when (e is ModelFileException or IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            Failed(logger, serving.Provider.Got.ToString(), e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Building engines: {Line}")]
    private static partial void Building(ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Error, Message = "No engine could be built, and {Provider} goes on serving: {Failure}")]
    private static partial void Failed(ILogger logger, string provider, string failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "The engines are built; the student serves on {Provider} now")]
    private static partial void TookOver(ILogger logger, string provider);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The engines are built; {Serving} goes on serving, beside {Loaded}")]
    private static partial void Kept(ILogger logger, string serving, string loaded);
}
